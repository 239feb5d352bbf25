"""When tokens were last used, and how often: gathered in memory, written every few seconds in one statement.

Nothing is written on a call's own path. Each process writes for itself, and once more when it ends. A database that is
away keeps no call from being answered: what could not be written is kept for the next time.
"""

import atexit
import os
import threading
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import BigIntegerField, Case, DateTimeField, F, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from access_tokens.models import AccessToken

INTERVAL = 5.0
"""Seconds between two writes."""
BATCH = 1000
"""Tokens in one statement."""
FULL = 10_000
"""Tokens waiting in one process at which it writes at once."""

log = structlog.get_logger("latchkey.usage")


class Use(NamedTuple):
    calls: int
    last: datetime


class UsageWriter:
    """Counts in this process and the thread that writes them."""

    def __init__(self) -> None:
        self._uses: dict[int, Use] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._process: int | None = None

    def record(self, token_pk: int) -> None:
        """Count one call with this token, now. Costs no query."""
        now = timezone.now()
        with self._lock:
            count = self._uses[token_pk].calls if token_pk in self._uses else 0
            self._uses[token_pk] = Use(count + 1, now)
            is_full = len(self._uses) >= FULL
        if self._process != os.getpid():
            self._start()
        if is_full:
            self._wake.set()

    def flush(self) -> None:
        """Write what is waiting. What can't be written waits on.

        Raises: DatabaseError or InterfaceError, if the database did not take it.
        """
        with self._lock:
            uses, self._uses = self._uses, {}
        waiting = sorted(uses.items())
        while waiting:
            try:
                _write(waiting[:BATCH])
            except (DatabaseError, InterfaceError):
                self._put_back(waiting)
                raise
            del waiting[:BATCH]

    def _put_back(self, waiting: list[tuple[int, Use]]) -> None:
        with self._lock:
            for token_pk, use in waiting:
                newer = self._uses.get(token_pk, Use(0, use.last))
                self._uses[token_pk] = Use(use.calls + newer.calls, max(use.last, newer.last))

    def _start(self) -> None:
        with self._lock:
            if self._process == os.getpid():
                return
            self._process = os.getpid()
        threading.Thread(target=self._run, name="usage-writer", daemon=True).start()
        atexit.register(self._flush_or_log)

    def _run(self) -> None:
        while True:
            self._wake.wait(INTERVAL)
            self._wake.clear()
            self._flush_or_log()

    def _flush_or_log(self) -> None:
        try:
            close_old_connections()
            self.flush()
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            log.warning("usage could not be written and is kept", error=str(error))


def _write(uses: list[tuple[int, Use]]) -> None:
    """One statement. Never moves a last use back: another process may have written a later one."""
    last = Case(
        *(When(pk=pk, then=Value(use.last, output_field=DateTimeField())) for pk, use in uses),
        output_field=DateTimeField(),
    )
    count = Case(
        *(When(pk=pk, then=Value(use.calls, output_field=BigIntegerField())) for pk, use in uses),
        output_field=BigIntegerField(),
    )
    AccessToken.objects.filter(pk__in=[pk for pk, _ in uses]).update(
        last_used_at=Greatest(Coalesce("last_used_at", last), last), use_count=F("use_count") + count
    )


usage = UsageWriter()
