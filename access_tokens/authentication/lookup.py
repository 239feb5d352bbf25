"""The one query of a token check. The ORM compiles it once; from then on it is only executed, by the driver itself.

Building a query costs many times what it takes to run it. On PostgreSQL the statement is prepared once on each
connection, unless `PREPARE_STATEMENTS` says that a pooler stands in between which loses it. The row is read on every
call: nothing of it is kept.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, get_args
from weakref import WeakSet

import orjson
import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, Model, TextField
from psycopg import pq
from psycopg.errors import error_from_result

from access_tokens.models import AccessToken
from accounts.models import User
from workspaces.models import Workspace

NAME = b"latchkey_token"
PREPARED: WeakSet[Any] = WeakSet()
"""The connections on which `NAME` is prepared."""


class TokenRow(NamedTuple):
    """What a check compares, and what `me` tells, of a token, its workspace, creator and parent. The ORM's names."""

    id: int
    workspace_id: int
    key_id: str
    label: str
    scope: int
    created_at: datetime
    creator_id: int | None
    creator_email: str
    parent_id: int | None
    expires_at: datetime | None
    disabled_at: datetime | None
    last_used_at: datetime | None
    version: int
    pepper_id: str
    digest: bytes
    previous_secret_pepper_id: str
    previous_secret_digest: bytes | None
    previous_secret_expires_at: datetime | None
    previous_secret_last_used_at: datetime | None
    previous_secret_use_count: int
    rate_limit_minute: int
    rate_limit_requests: int
    workspace__slug: str
    workspace__name: str
    workspace__available_roles: int
    workspace__rate_limit: int | None
    workspace__deleted_at: datetime | None
    creator__email: str | None
    parent__key_id: str | None

    def token(self) -> AccessToken:
        """The row as a model object, its relations too. What was not read is read when it is asked for."""
        token = _object(AccessToken, self, "")
        token.workspace = _object(Workspace, self, "workspace__", id=self.workspace_id)
        if self.creator_id is not None:
            token.creator = _object(User, self, "creator__", id=self.creator_id)
        if self.parent_id is not None:
            token.parent = _object(AccessToken, self, "parent__", id=self.parent_id)
        return token


def _object[M: Model](model: type[M], row: TokenRow, prefix: str, **known: Any) -> M:
    """An object of `model`, of the row's fields with this prefix."""
    values = known | {
        name.removeprefix(prefix): getattr(row, name)
        for name in TokenRow._fields
        if name.startswith(prefix) and "__" not in name.removeprefix(prefix)
    }
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(DEFAULT_DB_ALIAS, names, [values[name] for name in names])


def find_token(key_id: str) -> TokenRow | None:
    """The row of the token with this key id, which must be well-formed. A connection that was lost is made anew, once.

    Raises: OperationalError or InterfaceError, if the database does not answer.
    """
    database = connections[DEFAULT_DB_ALIAS]
    try:
        return _executed(database, key_id)
    except (OperationalError, InterfaceError):
        database.close_if_unusable_or_obsolete()
        if database.connection is not None or database.in_atomic_block:
            raise
        return _executed(database, key_id)


def _executed(database: BaseDatabaseWrapper, key_id: str) -> TokenRow | None:
    """Raises: the errors of Django, in place of the driver's."""
    if database.connection is None:
        database.ensure_connection()
    try:
        if database.queries_logged:  # by tests, which count them
            with database.cursor() as cursor:
                cursor.execute(_statement("%s"), (key_id,))
                found = cursor.fetchone()
        else:
            found = (_postgresql if database.vendor == "postgresql" else _sqlite)(database.connection, key_id)
    except database.Database.Error:  # type: ignore[attr-defined] # the driver, which each of them has
        with database.wrap_database_errors:
            raise
    return _read(found[0]) if found else None


@cache
def _statement(placeholder: str) -> str:
    columns = [HexText(name) if kind is bytes else name for name, kind in KINDS.items()]
    text, _ = AccessToken.objects.filter(key_id="").values_list(JsonArray(*columns)).query.sql_with_params()
    return text.replace("%s", placeholder)


def _sqlite(connection: Any, key_id: str) -> tuple[str] | None:
    """The driver keeps a statement that comes again prepared."""
    found: tuple[str] | None = connection.execute(_statement("?"), (key_id,)).fetchone()
    return found


def _postgresql(connection: Any, key_id: str) -> tuple[bytes | None] | None:
    """By libpq itself: psycopg's cursor takes about as long as the whole query."""
    server, parameters = connection.pgconn, [key_id.encode()]
    if not settings.PREPARE_STATEMENTS:
        result = _checked(server, server.exec_params(_statement("$1").encode(), parameters))
    else:
        if connection not in PREPARED:
            _checked(server, server.prepare(NAME, _statement("$1").encode()))
            PREPARED.add(connection)
        result = _checked(server, server.exec_prepared(NAME, parameters))
    return (result.get_value(0, 0),) if result.ntuples else None


def _checked(server: pq.abc.PGconn, result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
        return result
    if server.status == pq.ConnStatus.BAD:  # the words are libpq's own, which have no SQLSTATE to tell it by
        raise psycopg.OperationalError(result.get_error_message())
    raise error_from_result(result)


# The row as one value: a driver takes longer over 29 of them, and to make instants of text, than orjson takes over all


class JsonArray(Func):
    """All of a row as an array in JSON."""

    function = "JSON_ARRAY"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="JSON_BUILD_ARRAY(%(expressions)s)::text", **more)


class HexText(Func):
    """Bytes as text, which JSON can hold."""

    function = "HEX"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="ENCODE(%(expressions)s, 'hex')", **more)


def _read(text: str | bytes) -> TokenRow:
    values = orjson.loads(text)
    for place, read in READERS:
        value = values[place]
        values[place] = read(value) if value else None
    return TokenRow._make(values)


def _instant(text: str) -> datetime:
    """SQLite knows no time zones: its instants are in UTC."""
    instant = datetime.fromisoformat(text)
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _kind_of(hint: Any) -> Any:
    """`datetime` of `datetime | None`."""
    return get_args(hint)[0] if isinstance(hint, UnionType) else hint


KINDS = {name: _kind_of(hint) for name, hint in TokenRow.__annotations__.items()}
READ_TEXT: dict[Any, Callable[[str], Any]] = {datetime: _instant, bytes: bytes.fromhex}
READERS = [(place, READ_TEXT[kind]) for place, kind in enumerate(KINDS.values()) if kind in READ_TEXT]
