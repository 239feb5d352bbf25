"""Rows by the hundred thousand: by the driver's own bulk way, and not through a model object for each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

CACHE_KIBIBYTES = 512 * 1024
"""Of SQLite while it is filled, so that no page of an index is written twice."""


@transaction.atomic
def insert(template: Model, changes: Iterable[Mapping[str, Any]]) -> None:
    """A row like `template` for each of `changes`, which maps column attributes (`user_id`) to plain values."""
    fields = template._meta.concrete_fields
    base = [field.get_db_prep_save(field.pre_save(template, add=True), connection) for field in fields]
    positions = {field.attname: position for position, field in enumerate(fields)}

    def rows() -> Iterator[list[Any]]:
        for change in changes:
            row = base.copy()
            for name, value in change.items():
                row[positions[name]] = value
            yield row

    quote = connection.ops.quote_name
    table, columns = quote(template._meta.db_table), ", ".join(quote(str(field.column)) for field in fields)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows():
                copy.write_row(row)
    else:
        connection.connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        places = ", ".join("?" for _ in fields)
        connection.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows())


def settle() -> None:
    """Leave the database as one that has been there for a while: nothing is tidied up while we measure."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")
