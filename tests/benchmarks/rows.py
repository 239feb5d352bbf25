"""Inserts rows in bulk, and deletes what a contender has added."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import AutoField, Field, Max, Model

CACHE_KIBIBYTES = 512 * 1024
"""SQLite's page cache while it is filled, so that it writes each page of an index once."""


@transaction.atomic
def insert(template: Model, changes: Iterable[Mapping[str, Any]]) -> None:
    """Insert a copy of `template` for each of `changes`, which maps attributes (`user_id`) to database values.

    Uses the driver's bulk insert, because a model object per row would take minutes.
    """
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
        placeholders = ", ".join("?" for _ in fields)
        connection.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({placeholders})", rows())


def to_database(instant: datetime | None) -> Any:
    """Return an instant as a value for `insert`."""
    return connection.ops.adapt_datetimefield_value(instant) if instant else None


def reset_sequences(*models: type[Model]) -> None:
    """Number new rows after those that were inserted with a primary key."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def vacuum() -> None:
    """Do now what the database would otherwise do while we measure."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


class NewRows:
    """The rows that are added to any of the project's tables after this object was created.

    A contender that creates rows deletes them after each turn. So every contender finds the same tables in every round.
    """

    def __init__(self) -> None:
        counters = [_counter(model) for model in apps.get_models()]
        self._deletions = [_deletion(counter) for counter in counters if counter]

    @transaction.atomic
    def delete(self) -> None:
        """Delete them with plain SQL, because Latchkey's event model refuses to delete."""
        with connection.cursor() as cursor:
            for statement, parameters in self._deletions:
                cursor.execute(statement, parameters)


def _counter(model: type[Model]) -> "Field[Any, Any] | None":
    """Return the field that increases with each new row: the primary key, or else the time of creation."""
    if isinstance(model._meta.pk, AutoField):
        return model._meta.pk
    return next((field for field in model._meta.concrete_fields if getattr(field, "auto_now_add", False)), None)


def _deletion(counter: "Field[Any, Any]") -> tuple[str, list[Any]]:
    """Return the statement that deletes all rows after the present ones, and its parameters."""
    quote = connection.ops.quote_name
    table, column = quote(counter.model._meta.db_table), quote(str(counter.column))
    last = counter.model._base_manager.aggregate(last=Max(counter.name))["last"]
    if last is None:
        return f"DELETE FROM {table}", []
    return f"DELETE FROM {table} WHERE {column} > %s", [counter.get_db_prep_value(last, connection)]
