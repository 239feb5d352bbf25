"""The query that no token check can do without, prepared, through the database driver alone."""

import sqlite3
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

import django
import psycopg

from access_tokens import token_format
from tests.benchmarks.databases import SQLITE, Database
from tests.benchmarks.sample_requests import SampleRequest
from tests.benchmarks.turns import RequestLoop

COLUMNS = (
    "id",
    "key_id",
    "label",
    "scope",
    "created_at",
    "creator_email",
    "expires_at",
    "disabled_at",
    "last_used_at",
    "pepper_id",
    "digest",
    "workspace__id",
    "workspace__slug",
    "workspace__name",
    "workspace__available_roles",
)
"""The columns that a check compares and that `me` returns."""
KEY_ID_START = len("Bearer " + token_format.PREFIX)
KEY_ID = slice(KEY_ID_START, KEY_ID_START + token_format.KEY_ID_LENGTH)


def make_loop(database: Database, requests: list[SampleRequest], random: Random) -> RequestLoop:
    """Look up tokens by key ID, without Django's connection or cursor."""
    statement = _statement()
    connect = _connect_sqlite if database.system == SQLITE else _connect_postgresql
    execute = connect(database, statement)

    def send(key_id: str) -> int:
        row = execute((key_id,))
        assert row is not None
        return len(row)

    return RequestLoop(prepare=lambda: random.choice(requests).header[KEY_ID], send=send)


def _statement() -> str:
    """Return the SQL as the ORM writes it, with a placeholder for the key ID."""
    django.setup()
    from access_tokens.models import AccessToken

    statement, _ = AccessToken.objects.filter(key_id="").values_list(*COLUMNS).query.sql_with_params()
    return statement


def _connect_sqlite(database: Database, statement: str) -> Callable[[tuple[str]], Any]:
    """Return a function that runs the statement. The driver keeps it prepared."""
    connection = sqlite3.connect(urlsplit(database.url).path, isolation_level=None)
    sqlite_statement = statement.replace("%s", "?")
    return lambda parameters: connection.execute(sqlite_statement, parameters).fetchone()


def _connect_postgresql(database: Database, statement: str) -> Callable[[tuple[str]], Any]:
    cursor = psycopg.connect(database.url, autocommit=True).cursor()
    return lambda parameters: cursor.execute(statement, parameters, prepare=True).fetchone()
