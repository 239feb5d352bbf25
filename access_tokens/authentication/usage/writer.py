import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, close_old_connections, connection

from access_tokens.authentication import rate_limits
from access_tokens.authentication.usage import sql
from access_tokens.authentication.usage.use import HOUR, Call, Use
from access_tokens.models import RejectionReason
from access_tokens.token_crypto import Digest

INTERVAL = 5.0
"""Seconds between two writes."""
BATCH = 1000
"""Tokens in one statement."""
FULL = 10_000
"""Tokens waiting in one process at which it writes at once."""
MAX_REJECTIONS = 100_000
"""Rejection calls of other tokens, hours and reasons than those that wait already are not counted beyond them."""
CALLS = 1000
"""Calls that are kept as they came, which costs each of them least, before they are put together by token."""
AGENT = 200
"""Characters of a User-Agent that are kept until its family is written."""

log = structlog.get_logger("latchkey.usage")


class UsageWriter:
    """Counts in this process and the thread that writes them."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """With nothing counted and no thread. For a process that was forked, too: its parent writes what it counted."""
        self._calls: deque[tuple[int, Call]] = deque()
        self._uses: dict[int, Use] = {}
        self._refusals: dict[tuple[int, int, RejectionReason], int] = {}
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._wake = threading.Event()
        self._is_watched = False

    def record(
        self,
        token_pk: int,
        *,
        previous_secret_expires_at: datetime | None = None,
        address: str = "",
        agent: str = "",
        renewed: tuple[Digest, Digest] | None = None,
    ) -> None:
        """Count one call with this token, now. Costs no query.

        previous_secret_expires_at: when its secret ends, if it is the old one of a rotation.
        """
        self._calls.append((token_pk, (time.time(), address, agent[:AGENT], previous_secret_expires_at, renewed)))
        if len(self._calls) >= CALLS:
            self._gather()
        if not self._is_watched:
            self.watch()

    def _gather(self) -> None:
        """Put the calls that came together by token."""
        with self._lock:
            while self._calls:
                token_pk, call = self._calls.popleft()
                use = self._uses.get(token_pk)
                if use is None:
                    use = self._uses[token_pk] = Use()
                use.count(call)
            is_full = len(self._uses) >= FULL
        if is_full:
            self._wake.set()

    def refuse(self, token_pk: int, reason: RejectionReason) -> None:
        """Count one call of this token that was refused, now. Costs no query."""
        key = (token_pk, int(time.time() // HOUR), reason)
        with self._lock:
            calls = self._refusals.get(key, 0)
            if calls or len(self._refusals) < MAX_REJECTIONS:
                self._refusals[key] = calls + 1
            is_full = len(self._refusals) >= FULL
        self.watch()
        if is_full:
            self._wake.set()

    def watch(self) -> None:
        """Let there be a thread which writes what this process counts."""
        with self._lock:
            if self._is_watched:
                return
            self._is_watched = True
        threading.Thread(target=self._run, name="usage-writer", daemon=True).start()
        atexit.register(self._flush_or_log)

    def flush(self) -> None:
        """Write what is waiting. What can't be written waits on. Of those who ask at once, one writes after the other.

        Raises: DatabaseError or InterfaceError, if the database did not take it.
        """
        with self._writing:
            self._write_uses()
            self._write_rejections()
            rate_limits.failure_limit.share()

    def _write_uses(self) -> None:
        self._gather()
        with self._lock:
            uses, self._uses = self._uses, {}
        waiting, size = sorted(uses.items()), BATCH
        with rate_limits.tokens.writing() as minutes:
            while waiting:
                batch = dict(waiting[:size])
                try:
                    sql.write(batch, minutes)
                except (DataError, IntegrityError):
                    if len(batch) > 1:
                        size = len(batch) // 2  # one that the database never takes must not keep back the others
                        continue
                    log.exception("the use of a token can't be written and is forgotten", token=waiting[0][0])
                    size = BATCH
                except (DatabaseError, InterfaceError):
                    self._put_back(waiting)
                    raise
                del waiting[: len(batch)]
                for token_pk in batch:
                    minutes.counts.pop(token_pk, None)

    def _write_rejections(self) -> None:
        with self._lock:
            refusals, self._refusals = self._refusals, {}
        waiting = sorted(refusals.items())
        while waiting:
            try:
                sql.write_rejections(dict(waiting[:BATCH]))
            except (DatabaseError, InterfaceError):
                with self._lock:
                    for key, calls in waiting:
                        self._refusals[key] = self._refusals.get(key, 0) + calls
                raise
            del waiting[:BATCH]

    def _put_back(self, waiting: Iterable[tuple[int, Use]]) -> None:
        with self._lock:
            for token_pk, use in waiting:
                if token_pk in self._uses:
                    use.add(self._uses[token_pk])
                self._uses[token_pk] = use

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


usage = UsageWriter()
os.register_at_fork(after_in_child=usage.begin)
