"""Inserts that Django compiles once per model: compiling one takes it many times longer than a database to run it."""

from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import AutoField, Field, Model


def insert(row: Model) -> None:
    """Insert a new object, and set its primary key if the database generates it.

    Like `bulk_create()`, this neither calls `save()` nor sends signals.

    Raises: IntegrityError.
    """
    database = connections[DEFAULT_DB_ALIAS]
    fields, statement = _compile(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields]
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        [generated] = cursor.fetchone()
    if row.pk is None:
        row.pk = generated
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _compile(model: type[Model]) -> tuple[list["Field[Any, Any]"], str]:
    """Return the columns and the statement, which is the same for SQLite and PostgreSQL."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    placeholders = ", ".join("%s" for _ in fields)
    table, primary_key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    return fields, f"INSERT INTO {table} ({columns}) VALUES ({placeholders}) RETURNING {primary_key}"  # noqa: S608
