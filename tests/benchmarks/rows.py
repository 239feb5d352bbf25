"""Rows by the hundred thousand: by the driver's own bulk way, and not through a model object for each."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import AutoField, Field, Max, Model

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


def prepared(instant: datetime | None) -> Any:
    """Return an instant as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(instant) if instant else None


def reset_sequences(*models: type[Model]) -> None:
    """Let the database number new rows after those that were inserted with their primary keys."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


class NewRows:
    """All rows of the project's tables that are inserted after this object was made.

    A contender that creates rows deletes them after each turn, so that all have the same tables in every turn.
    """

    def __init__(self) -> None:
        self._deletions = [_deletion(field) for model in apps.get_models() if (field := _counter(model))]

    @transaction.atomic
    def delete(self) -> None:
        """Delete them with plain SQL, since Latchkey's model of events refuses to."""
        with connection.cursor() as cursor:
            for statement, parameters in self._deletions:
                cursor.execute(statement, parameters)


def _counter(model: type[Model]) -> "Field[Any, Any] | None":
    """Return the column that grows with each row: the primary key, else the time of creation."""
    if isinstance(model._meta.pk, AutoField):
        return model._meta.pk
    return next((field for field in model._meta.concrete_fields if getattr(field, "auto_now_add", False)), None)


def _deletion(field: "Field[Any, Any]") -> tuple[str, list[Any]]:
    """Return the statement that deletes what comes after the present rows of the field's model."""
    quote = connection.ops.quote_name
    table, column = quote(field.model._meta.db_table), quote(str(field.column))
    last = field.model._base_manager.aggregate(last=Max(field.name))["last"]
    if last is None:
        return f"DELETE FROM {table}", []
    return f"DELETE FROM {table} WHERE {column} > %s", [field.get_db_prep_value(last, connection)]
