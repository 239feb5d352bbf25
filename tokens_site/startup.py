"""Preparation before Latchkey serves requests: migrations and static files."""

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

MIGRATION_LOCK_ID = 7_261_453
"""The number of Latchkey's advisory lock in a PostgreSQL database."""
LOCK_RETRY_SECONDS = 0.2


def prepare() -> None:
    """Migrate the database and collect the static files. Instances that start together take turns.

    Raises: CommandError if the folder of static files can't be used.
    """
    with static_root_lock():
        with migration_lock():
            call_command("migrate", verbosity=0, interactive=False)
            if isinstance(caches["default"], DatabaseCache):
                call_command("createcachetable", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)


@contextmanager
def static_root_lock() -> Iterator[None]:
    """Hold a lock on STATIC_ROOT, so that instances on one machine don't delete each other's static files.

    The folder is created if it does not exist. The operating system releases the lock when the process ends.

    Raises: CommandError if the folder can't be created or opened.
    """
    try:
        os.makedirs(settings.STATIC_ROOT, exist_ok=True)
        folder = os.open(settings.STATIC_ROOT, os.O_RDONLY)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"Can't collect static files in {settings.STATIC_ROOT}: {reason}. Set STATIC_ROOT to another folder."
        raise CommandError(message) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def migration_lock() -> Iterator[None]:
    """Hold a lock on the PostgreSQL database, so that instances on different machines don't migrate it together.

    The lock belongs to a transaction on a separate connection. So it works behind PgBouncer, and it is released when
    the process ends. The lock is polled, because a session that waits inside a statement blocks
    `CREATE INDEX CONCURRENTLY`.
    """
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        if connection.vendor == "postgresql":
            connection.set_autocommit(False)
            while not _try_lock(connection):
                connection.rollback()
                time.sleep(LOCK_RETRY_SECONDS)
        yield
    finally:
        connection.close()


def _try_lock(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [MIGRATION_LOCK_ID])
        [is_locked] = cursor.fetchone()
    return bool(is_locked)
