import atexit
import os
import threading
from collections.abc import Iterable

import structlog
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, close_old_connections, connection

from access_tokens.authentication import counting
from access_tokens.authentication.counting import UsageBuffer
from access_tokens.authentication.failed_attempts import failed_attempts
from access_tokens.authentication.usage import sql
from access_tokens.authentication.usage.token_usage import TokenUsage
from access_tokens.models import RejectionReason

INTERVAL_SECONDS = 5.0
"""Time between two writes."""
BATCH_SIZE = 1000
"""Tokens in one statement."""
MAX_BUFFERED_TOKENS = 10_000
"""Tokens with unwritten requests (or kinds of rejections) in one process that trigger a write at once."""

log = structlog.get_logger("latchkey.usage")


class UsageWriter(UsageBuffer):
    """The unwritten usage of one process, and the thread that writes it."""

    def reset(self) -> None:
        super().reset()
        self._usage_by_token: dict[int, TokenUsage] = {}
        self._flush_lock = threading.Lock()
        self._wake = threading.Event()

    def record_rejection(self, token_pk: int, reason: RejectionReason) -> None:
        super().record_rejection(token_pk, reason)
        if len(self._rejections) >= MAX_BUFFERED_TOKENS:
            self._wake.set()

    def add_up(self) -> None:
        with self._lock:
            while self._uses:
                token_pk, use = self._uses.popleft()
                token_usage = self._usage_by_token.get(token_pk)
                if token_usage is None:
                    token_usage = self._usage_by_token[token_pk] = TokenUsage()
                token_usage.add(use)
            is_full = len(self._usage_by_token) >= MAX_BUFFERED_TOKENS
        if is_full:
            self._wake.set()

    def start_thread(self) -> None:
        with self._lock:
            if self._has_thread:
                return
            self._has_thread = True
        threading.Thread(target=self._run, name="usage-writer", daemon=True).start()
        atexit.register(self._flush_or_log)

    def flush(self) -> None:
        """Write what was counted. What can't be written is kept. Concurrent flushes run one after the other.

        Raises: DatabaseError or InterfaceError if the database did not take it.
        """
        with self._flush_lock:
            self._flush_usage()
            self._flush_rejections()
            failed_attempts.flush()

    def _flush_usage(self) -> None:
        self.add_up()
        with self._lock:
            usage_by_token, self._usage_by_token = self._usage_by_token, {}
        waiting, size = sorted(usage_by_token.items()), BATCH_SIZE
        with counting.token_counter.flushing() as minutes:
            while waiting:
                batch = dict(waiting[:size])
                try:
                    sql.write(batch, minutes)
                except (DataError, IntegrityError):
                    if len(batch) > 1:
                        size = len(batch) // 2  # find the one that the database never takes, and write all others
                        continue
                    log.exception("the usage of a token can't be written and is dropped", token=waiting[0][0])
                    size = BATCH_SIZE
                except (DatabaseError, InterfaceError):
                    self._put_back(waiting)
                    raise
                del waiting[: len(batch)]
                for token_pk in batch:
                    minutes.counts.pop(token_pk, None)

    def _flush_rejections(self) -> None:
        with self._lock:
            rejections, self._rejections = self._rejections, {}
        waiting = sorted(rejections.items())
        while waiting:
            try:
                sql.write_rejections(dict(waiting[:BATCH_SIZE]))
            except (DatabaseError, InterfaceError):
                with self._lock:
                    for key, count in waiting:
                        self._rejections[key] = self._rejections.get(key, 0) + count
                raise
            del waiting[:BATCH_SIZE]

    def _put_back(self, waiting: Iterable[tuple[int, TokenUsage]]) -> None:
        with self._lock:
            for token_pk, token_usage in waiting:
                if token_pk in self._usage_by_token:
                    token_usage.merge(self._usage_by_token[token_pk])
                self._usage_by_token[token_pk] = token_usage

    def _run(self) -> None:
        while True:
            self._wake.wait(INTERVAL_SECONDS)
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
os.register_at_fork(after_in_child=usage.reset)
