"""What happens before anything is served, by one instance at a time, however many start together."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

MIGRATION_LOCK = 7_261_453
"""Our number among the advisory locks of a PostgreSQL database."""
LOCK_PAUSE = 0.2
"""Seconds until it is asked for again."""


def prepare() -> None:
    """Bring the database up to date and collect the static files under their hashed names. Raises: CommandError."""
    with one_on_this_machine():
        with one_at_this_database():
            call_command("migrate", verbosity=0, interactive=False)
            if isinstance(caches["default"], DatabaseCache):
                call_command("createcachetable", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)


@contextmanager
def one_on_this_machine() -> Iterator[None]:
    """Of all instances that share a folder of static files, one is within: what one writes there, others remove.

    The lock is the folder's, which is made if need be; it goes with the process. Raises: CommandError, if it can't be.
    """
    try:
        os.makedirs(settings.STATIC_ROOT, exist_ok=True)
        folder = os.open(settings.STATIC_ROOT, os.O_RDONLY)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(
            f"Can't collect static files in {settings.STATIC_ROOT}: {reason}. Set STATIC_ROOT."
        ) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def one_at_this_database() -> Iterator[None]:
    """On PostgreSQL, of all instances, on whatever machines, one is within; the others wait.

    The lock is a transaction's, of a connection of its own: it holds behind PgBouncer, and goes with the process. It is
    asked for again and again, since whoever waits within a statement holds up `CREATE INDEX CONCURRENTLY`.
    """
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        if connection.vendor == "postgresql":
            connection.set_autocommit(False)
            while not _has_locked(connection):
                connection.rollback()
                time.sleep(LOCK_PAUSE)
        yield
    finally:
        connection.close()


def _has_locked(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [MIGRATION_LOCK])
        [locked] = cursor.fetchone()
    return bool(locked)
