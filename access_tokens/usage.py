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
from django.utils import timezone

from access_tokens import rate_limits
from access_tokens.models import AccessToken

INTERVAL = 5.0
"""Seconds between two writes."""
BATCH = 1000
"""Tokens in one statement."""
FULL = 10_000
"""Tokens waiting in one process at which it writes at once."""

log = structlog.get_logger("latchkey.usage")


class Use(NamedTuple):
    """Calls with a token, and the last of them; how many of them came with an old secret, the one that ends `until`."""

    calls: int
    last: datetime
    superseded_calls: int = 0
    until: datetime | None = None

    def __add__(self, other: "Use") -> "Use":  # type: ignore[override] # not the sum of two tuples
        """Both. Calls with an old secret are those with the newest one."""
        until = other.until or self.until
        superseded = sum(use.superseded_calls for use in (self, other) if use.until == until)
        return Use(self.calls + other.calls, max(self.last, other.last), superseded, until)


class UsageWriter:
    """Counts in this process and the thread that writes them."""

    def __init__(self) -> None:
        self._uses: dict[int, Use] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._process: int | None = None

    def record(self, token_pk: int, *, superseded_until: datetime | None = None) -> None:
        """Count one call with this token, now. Costs no query.

        superseded_until: when its secret ends, if it is the old one of a rotation.
        """
        use = Use(1, timezone.now(), 0 if superseded_until is None else 1, superseded_until)
        with self._lock:
            self._uses[token_pk] = self._uses[token_pk] + use if token_pk in self._uses else use
            is_full = len(self._uses) >= FULL
        self.watch()
        if is_full:
            self._wake.set()

    def watch(self) -> None:
        """Let there be a thread which writes what this process counts."""
        if self._process != os.getpid():
            self._start()

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
        rate_limits.failure_limit.share()

    def _put_back(self, waiting: list[tuple[int, Use]]) -> None:
        with self._lock:
            for token_pk, use in waiting:
                self._uses[token_pk] = use + self._uses[token_pk] if token_pk in self._uses else use

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


COLUMNS = ("pk", "calls", "last", "superseded_calls", "until", "minute", "minute_calls")
UPDATE = """
    UPDATE {table} AS token SET
        use_count = token.use_count + used.{calls},
        last_used_at = CASE WHEN token.last_used_at > used.{last} THEN token.last_used_at ELSE used.{last} END,
        superseded_use_count = token.superseded_use_count
            + CASE WHEN token.superseded_until = used.{until} THEN used.{superseded_calls} ELSE 0 END,
        superseded_last_used_at = CASE WHEN token.superseded_until = used.{until} AND used.{superseded_calls} > 0
            THEN used.{last} ELSE token.superseded_last_used_at END,
        minute_calls = CASE WHEN token.minute < used.{minute} THEN used.{minute_calls}
            WHEN token.minute = used.{minute} THEN token.minute_calls + used.{minute_calls}
            ELSE token.minute_calls END,
        minute = CASE WHEN token.minute < used.{minute} THEN used.{minute} ELSE token.minute END
    FROM (VALUES {rows}) AS used WHERE token.id = used.{pk}
"""
"""The columns of VALUES have no names that both databases would take: they call them column1, column2, …"""


def _write(uses: list[tuple[int, Use]]) -> None:
    """One statement. Never moves a last use back: another process may have written a later one."""
    minute, counts = rate_limits.tokens.unwritten()
    instant = connection.ops.adapt_datetimefield_value
    names = {name: f"column{number}" for number, name in enumerate(COLUMNS, start=1)}
    rows = ", ".join([f"({', '.join(['%s'] * len(COLUMNS))})"] * len(uses))
    values = [
        value
        for pk, use in uses
        for value in (
            pk,
            use.calls,
            instant(use.last),
            use.superseded_calls,
            instant(use.until or use.last),
            minute,
            counts.get(pk, 0),
        )
    ]
    table = connection.ops.quote_name(AccessToken._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(UPDATE.format(table=table, rows=rows, **names), values)
    rate_limits.tokens.mark_written(minute, {pk: counts[pk] for pk, _ in uses if pk in counts})


usage = UsageWriter()
