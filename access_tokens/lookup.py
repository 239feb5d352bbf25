"""The one query of a token check. The ORM compiles it once; from then on it is only executed, by the driver itself.

Building a query costs many times what it takes to run it. On PostgreSQL the statement is prepared once on each
connection, unless `PREPARE_STATEMENTS` says that a pooler stands in between which loses it. The row is read on every
call: nothing of it is kept.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, get_args
from weakref import WeakSet

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Model
from psycopg import pq
from psycopg.errors import error_from_result

from access_tokens.models import AccessToken
from accounts.models import User
from workspaces.models import Workspace

NAME = b"latchkey_token"
PREPARED: WeakSet[Any] = WeakSet()
"""The connections on which `NAME` is prepared."""


class Row(NamedTuple):
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
    superseded_pepper_id: str
    superseded_digest: bytes | None
    superseded_until: datetime | None
    superseded_last_used_at: datetime | None
    superseded_use_count: int
    minute: int
    minute_calls: int
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


def _object[M: Model](model: type[M], row: Row, prefix: str, **known: Any) -> M:
    """An object of `model`, of the row's fields with this prefix."""
    values = known | {
        name.removeprefix(prefix): getattr(row, name)
        for name in Row._fields
        if name.startswith(prefix) and "__" not in name.removeprefix(prefix)
    }
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(connection.alias, names, [values[name] for name in names])


def find(key_id: str) -> Row | None:
    """The row of the token with this key id, which must be well-formed. A connection that was lost is made anew, once.

    Raises: OperationalError or InterfaceError, if the database does not answer.
    """
    try:
        return _executed(key_id)
    except (OperationalError, InterfaceError):
        connection.close_if_unusable_or_obsolete()
        if connection.connection is not None or connection.in_atomic_block:
            raise
        return _executed(key_id)


def _executed(key_id: str) -> Row | None:
    if connection.connection is None:
        connection.ensure_connection()
    if connection.queries_logged:  # by tests, which count them
        with connection.cursor() as cursor:
            cursor.execute(_statement("%s"), (key_id,))
            return _made(cursor.fetchone())
    with connection.wrap_database_errors:
        return _postgresql(key_id) if connection.vendor == "postgresql" else _sqlite(key_id)


@cache
def _statement(placeholder: str) -> str:
    text, _ = AccessToken.objects.filter(key_id="").values_list(*Row._fields).query.sql_with_params()
    return text.replace("%s", placeholder)


def _sqlite(key_id: str) -> Row | None:
    """The driver keeps a statement that comes again prepared."""
    return _made(connection.connection.execute(_statement("?"), (key_id,)).fetchone())


def _made(found: Sequence[Any] | None) -> Row | None:
    """The driver's row as ours. SQLite knows no time zones: its instants are in UTC."""
    if found is None:
        return None
    values = list(found)
    for place in INSTANTS:
        instant = values[place]
        if instant is not None and instant.tzinfo is None:
            values[place] = instant.replace(tzinfo=UTC)
    return Row._make(values)


def _postgresql(key_id: str) -> Row | None:
    """By libpq itself: psycopg's cursor takes about as long as the whole query."""
    server, parameters = connection.connection.pgconn, [key_id.encode()]
    if not settings.PREPARE_STATEMENTS:
        result = _checked(server.exec_params(_statement("$1").encode(), parameters))
    else:
        if connection.connection not in PREPARED:
            _checked(server.prepare(NAME, _statement("$1").encode()))
            PREPARED.add(connection.connection)
        result = _checked(server.exec_prepared(NAME, parameters))
    if result.ntuples == 0:
        return None
    texts = [result.get_value(0, place) for place in range(len(READERS))]
    return Row._make(text if text is None else read(text) for read, text in zip(READERS, texts, strict=True))


def _checked(result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status not in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
        raise error_from_result(result)
    return result


def _kind_of(hint: Any) -> Any:
    """`datetime` of `datetime | None`."""
    return get_args(hint)[0] if isinstance(hint, UnionType) else hint


KINDS = [_kind_of(hint) for hint in Row.__annotations__.values()]
INSTANTS = [place for place, kind in enumerate(KINDS) if kind is datetime]
READ_TEXT: dict[Any, Callable[[bytes], Any]] = {
    int: int,
    str: bytes.decode,
    bytes: lambda text: bytes.fromhex(text[2:].decode()),
    datetime: lambda text: datetime.fromisoformat(text.decode()).astimezone(UTC),
}
"""How PostgreSQL writes a value as text: bytea as `\\x…`, an instant as ISO 8601 with its offset."""
READERS = [READ_TEXT[kind] for kind in KINDS]
