"""Queries of API requests: Django compiles each one once, and the database driver runs it.

Django takes many times longer to compile a query and to build model objects than a database takes to run the query. A
`CompiledQuery` keeps SQL and never rows: each call reads the database. Each row arrives as one JSON array, since
drivers take longer over many columns than orjson takes over one array.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from operator import itemgetter
from types import UnionType
from typing import Any, NamedTuple, cast, get_args
from weakref import WeakKeyDictionary

import orjson
import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BinaryField, BooleanField, DateTimeField, Field, Model, QuerySet, Value
from psycopg import pq
from psycopg.errors import error_from_result

from workspaces.json_functions import HexText, JsonArray

PLACEHOLDER = re.compile("%[s%]")
STATEMENT_NUMBERS = count(1)
PREPARED: WeakKeyDictionary[Any, set[bytes]] = WeakKeyDictionary()
"""Names of the statements that are prepared on each PostgreSQL connection."""


class Parameter(Value):
    """A value of a query that is given when it runs."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(name, output_field)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Statement(NamedTuple):
    """A compiled query.

    driver_sql: with the placeholders of the driver. django_sql: with those of Django's cursor.
    constants: the values for the placeholders, with None in place of each `Parameter`.
    parameters: the position, name and encoder of each `Parameter`.
    """

    driver_sql: str
    django_sql: str
    constants: list[Any]
    parameters: list[tuple[int, str, Callable[[Any], Any]]]


class CompiledQuery[Row: tuple[Any, ...]]:
    """A query for rows of a NamedTuple, whose fields are named as in `values_list()`.

    build: returns the queryset, with a `Parameter` for each value that differs from call to call.
    is_prepared: whether to prepare the statement on PostgreSQL. For queries of which there is a fixed number. The
    setting PREPARE_STATEMENTS turns this off for poolers that lose prepared statements.
    """

    def __init__(self, row: type[Row], build: Callable[[], "QuerySet[Any, Any]"], *, is_prepared: bool = True) -> None:
        types = {name: _without_none(hint) for name, hint in row.__annotations__.items()}
        self._row, self._build, self._is_prepared = row, build, is_prepared
        self._columns = [HexText(name) if hint is bytes else name for name, hint in types.items()]
        self._readers = [(index, READERS[hint]) for index, hint in enumerate(types.values()) if hint in READERS]
        self._name = b"latchkey_%d" % next(STATEMENT_NUMBERS)
        self._statement: Statement | None = None

    def get(self, **values: Any) -> Row | None:
        """Return the row, or None.

        Raises: OperationalError or InterfaceError if the database does not answer.
        """
        found = self._run(values)
        return self._read(found[0][0]) if found else None

    def all(self, **values: Any) -> list[Row]:
        """Raises: OperationalError or InterfaceError if the database does not answer."""
        return [self._read(text) for (text,) in self._run(values)]

    def _read(self, text: str | bytes) -> Row:
        values = orjson.loads(text)
        for index, read in self._readers:
            if (value := values[index]) is not None:
                values[index] = read(value)
        return self._row(*values)

    def _run(self, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run the query. If the connection was lost, connect again once."""
        database = connections[DEFAULT_DB_ALIAS]
        try:
            return self._run_once(database, values)
        except (OperationalError, InterfaceError):
            database.close_if_unusable_or_obsolete()
            if database.connection is not None or database.in_atomic_block:
                raise
            return self._run_once(database, values)

    def _run_once(self, database: BaseDatabaseWrapper, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Raises: Django's database errors, in place of the driver's."""
        if database.connection is None:
            database.ensure_connection()
        statement = self._statement or self._compile(database)
        arguments = statement.constants.copy()
        for index, name, encode in statement.parameters:
            arguments[index] = encode(values[name])
        try:
            if database.force_debug_cursor or _starts_transaction(database):
                with database.cursor() as cursor:
                    cursor.execute(statement.django_sql, [_as_text(argument) for argument in arguments])
                    return list(cursor.fetchall())
            if database.vendor == "postgresql":
                return self._run_postgresql(database.connection, statement.driver_sql, arguments)
            found: list[tuple[Any, ...]] = database.connection.execute(statement.driver_sql, arguments).fetchall()
            return found
        except database.Database.Error:  # type: ignore[attr-defined] # the driver's module
            with database.wrap_database_errors:
                raise

    def _run_postgresql(self, connection: Any, sql: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
        """Use libpq itself, since psycopg's cursor takes about as long as the whole query."""
        server: pq.abc.PGconn = connection.pgconn
        if not (self._is_prepared and settings.PREPARE_STATEMENTS):
            result = _check(server, server.exec_params(sql.encode(), arguments))
        else:
            prepared = PREPARED.setdefault(connection, set())
            if self._name not in prepared:
                _check(server, server.prepare(self._name, sql.encode()))
                prepared.add(self._name)
            result = _check(server, server.exec_prepared(self._name, arguments))
        return [(result.get_value(index, 0),) for index in range(result.ntuples)]

    def _compile(self, database: BaseDatabaseWrapper) -> Statement:
        query = self._build().values_list(JsonArray(*self._columns)).query
        sql, given = query.get_compiler(connection=database).as_sql()
        numbers = count(1)

        def placeholder(match: re.Match[str]) -> str:
            if match[0] == "%%":
                return "%"
            return f"${next(numbers)}" if database.vendor == "postgresql" else "?"

        encode: Callable[[Any], Any] = _encode_for_sqlite
        if database.vendor == "postgresql":
            encode = _encode_for_postgresql
        constants = [None if type(one) is Parameter else encode(one) for one in given]
        parameters = [(index, one.value, encode) for index, one in enumerate(given) if type(one) is Parameter]
        self._statement = Statement(PLACEHOLDER.sub(placeholder, sql), sql, constants, parameters)
        return self._statement


def _starts_transaction(database: BaseDatabaseWrapper) -> bool:
    """Return whether a statement would be the first one in a transaction of PostgreSQL, which psycopg has to begin.

    Otherwise, a lock that the statement takes would be released at once.
    """
    return (
        database.in_atomic_block
        and database.vendor == "postgresql"
        and database.connection.pgconn.transaction_status == pq.TransactionStatus.IDLE
    )


def _check(server: pq.abc.PGconn, result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
        return result
    if server.status == pq.ConnStatus.BAD:  # libpq's own message, without an SQLSTATE
        raise psycopg.OperationalError(result.get_error_message())
    raise error_from_result(result)


def _as_text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


# Rows


def full_row(model: type[Model]) -> type[tuple[Any, ...]]:
    """Return a row type with all columns of a model."""
    types = {DateTimeField: datetime, BooleanField: bool, BinaryField: bytes}
    columns = [(field.attname, types.get(type(field), object)) for field in model._meta.concrete_fields]
    row: Any = NamedTuple(f"{model.__name__}Row", columns)  # type: ignore[misc] # the columns are known at run time
    return cast("type[tuple[Any, ...]]", row)


def object_builder[M: Model](model: type[M], row: type[tuple[Any, ...]], prefix: str = "") -> Callable[[Any], M]:
    """Return a function that builds an object from the fields of a row that start with `prefix`.

    Fields of the object that the row does not have are read from the database when they are used.
    """
    positions = {name: index for index, name in enumerate(row.__annotations__)}
    attributes = [field.attname for field in model._meta.concrete_fields if prefix + field.attname in positions]
    get_values = itemgetter(*(positions[prefix + name] for name in attributes))
    return lambda values: model.from_db(DEFAULT_DB_ALIAS, attributes, get_values(values))


def _read_datetime(text: str) -> datetime:
    """SQLite has no time zones: its datetimes are in UTC."""
    instant = datetime.fromisoformat(text)
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _read_bytes(text: str) -> bytes | None:
    """SQLite's `HEX(NULL)` is empty."""
    return bytes.fromhex(text) or None


READERS: dict[Any, Callable[[Any], Any]] = {datetime: _read_datetime, bytes: _read_bytes, bool: bool}


def _without_none(hint: Any) -> Any:
    """Return `datetime` for `datetime | None`."""
    return get_args(hint)[0] if isinstance(hint, UnionType) else hint


def _encode_for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return str(value.astimezone(UTC)).removesuffix("+00:00")
    return str(value) if isinstance(value, str) else value  # the driver is slow with subclasses, such as enums


def _encode_for_postgresql(value: Any) -> bytes | None:
    return None if value is None else str(value).encode()
