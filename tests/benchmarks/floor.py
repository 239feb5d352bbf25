"""The floor: the one look-up that no check can do without, prepared, by the bare driver."""

import sqlite3
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

import django
import psycopg

from access_tokens import token_format
from tests.benchmarks.calls import Call
from tests.benchmarks.databases import SQLITE, Database
from tests.benchmarks.worker import Caller

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
"""What a check compares, and what `me` tells, of the token's row and its workspace's."""
KEY_ID = slice(len("Bearer " + token_format.PREFIX), len("Bearer " + token_format.PREFIX) + token_format.KEY_ID_LENGTH)


def statement() -> str:
    """The SQL as the ORM writes it, for one key id."""
    django.setup()
    from access_tokens.models import AccessToken

    text, _ = AccessToken.objects.filter(key_id="").values_list(*COLUMNS).query.sql_with_params()
    return text


def caller(database: Database, made: list[Call], random: Random) -> Caller:
    """Looks a token up by its key id, without Django around it."""
    text = statement()
    execute = _sqlite(database, text) if database.system == SQLITE else _postgresql(database, text)

    def run(key_id: str) -> int:
        row = execute((key_id,))
        assert row is not None
        return len(row)

    return Caller(lambda: random.choice(made).header[KEY_ID], run, lambda: None)


def _sqlite(database: Database, text: str) -> Callable[[tuple[str]], Any]:
    """The driver keeps a statement that comes again prepared."""
    connection = sqlite3.connect(urlsplit(database.url).path, isolation_level=None)
    question = text.replace("%s", "?")
    return lambda parameters: connection.execute(question, parameters).fetchone()


def _postgresql(database: Database, text: str) -> Callable[[tuple[str]], Any]:
    cursor = psycopg.connect(database.url, autocommit=True).cursor()
    return lambda parameters: cursor.execute(text, parameters, prepare=True).fetchone()
