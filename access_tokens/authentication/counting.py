"""Rate limits and usage of tokens, counted in memory while a request is answered. Nothing here waits for the database.

Each process counts for itself. `usage.writer` writes what it counted every few seconds; what other processes have
written comes with the token's own row. So without Redis a rate limit can be exceeded by the requests of one such
interval. With Redis (or Valkey) one count is shared by all processes, and the limit is exact.
"""

import threading
import time
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

from access_tokens.models import RejectionReason
from access_tokens.token_format import Digest

MINUTE_SECONDS = 60
"""Length of a rate limit's window. Windows start with the minutes of the clock, the same for all processes."""
HOUR_SECONDS = 3600
MAX_KEYS = 100_000
"""Keys that one process counts within a minute. Beyond that it starts again from the shared counts."""
MAX_BUFFERED_REQUESTS = 1000
"""Requests that are kept one by one before they are added up by token."""
MAX_BUFFERED_REJECTIONS = 100_000
"""Combinations of token, hour and reason. Rejections with new ones are not counted beyond that."""
MAX_USER_AGENT_LENGTH = 200


# Rate limits


class RateLimit(NamedTuple):
    """The state of a rate limit after a request. `remaining` is negative if the request exceeds the limit."""

    limit: int
    remaining: int
    resets_in_seconds: int
    policy: str = "token"

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={MINUTE_SECONDS}',
            "RateLimit": f'"{self.policy}";r={max(self.remaining, 0)};t={self.resets_in_seconds}',
        }


def minute_of(timestamp: float) -> int:
    """Return the number of the minute since 1970."""
    return int(timestamp // MINUTE_SECONDS)


def seconds_until_next_minute(timestamp: float) -> int:
    """Return whole seconds, rounded up: 1 to 60."""
    return MINUTE_SECONDS - int(timestamp % MINUTE_SECONDS)


class PendingCounts(NamedTuple):
    """Counts of one minute that are being written. The writer removes from `counts` what it has written."""

    minute: int
    counts: dict[Any, int]


class MinuteCounter:
    """Counts per key within the current minute, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[Any, int] = {}
        self._pending: dict[Any, int] = {}

    def increment(self, key: Hashable, *, limit: int, minute: int, stored: int = 0) -> int:
        """Count one request of `key` unless its limit is reached. Return how many remain, -1 if the limit was reached.

        stored: the count of this key and minute that all processes, including this one, have written so far.
        """
        with self._lock:
            if minute != self._minute or len(self._counts) >= MAX_KEYS:
                self._minute, self._counts, self._pending = minute, {}, {}
            own, pending = self._counts.get(key, 0), self._pending.get(key, 0)
            count = max(own, stored + pending)
            if count >= limit:
                return -1
            self._counts[key], self._pending[key] = own + 1, pending + 1
        return limit - count - 1

    @contextmanager
    def flushing(self) -> Iterator[PendingCounts]:
        """Hand over the counts that are not written yet. Those that are left at the end wait for the next flush.

        They count as written from the start: a request in between that reads the new row must not count them twice.
        """
        with self._lock:
            batch, self._pending = PendingCounts(self._minute, self._pending), {}
        try:
            yield batch
        finally:
            with self._lock:
                for key, count in batch.counts.items() if batch.minute == self._minute else ():
                    self._pending[key] = self._pending.get(key, 0) + count


def create_counter(name: str) -> MinuteCounter:
    """Return a counter in Redis if the cache is a Redis, else one of this process."""
    if not isinstance(caches["default"], RedisCache):
        return MinuteCounter()
    from access_tokens.authentication.redis_counter import RedisCounter  # imports redis, which is optional

    return RedisCounter.from_url(settings.CACHES["default"]["LOCATION"], name)


token_counter = create_counter("token")


def count_request(token_pk: int, *, limit: int, stored_minute: int, stored_requests: int) -> RateLimit:
    """Count a request with this token against its rate limit. `stored_…`: from its row, read for this request."""
    now = time.time()
    minute = minute_of(now)
    stored = stored_requests if stored_minute == minute else 0
    remaining = token_counter.increment(token_pk, limit=limit, minute=minute, stored=stored)
    return RateLimit(limit, remaining, seconds_until_next_minute(now))


# Usage


class Use(NamedTuple):
    """One authenticated request with a token, at `time` (seconds since 1970).

    previous_secret_expires_at: set if it used the previous secret. renewed_digest: set if the token's digest has an
    older pepper: that digest, and the one with the newest pepper.
    """

    time: float
    address: str
    user_agent: str
    previous_secret_expires_at: datetime | None
    renewed_digest: tuple[Digest, Digest] | None


class UsageBuffer:
    """Requests and rejections of this process that are not written yet. `UsageWriter` writes them."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all counts. A forked process starts like this, because its parent writes what it had counted."""
        self._lock = threading.Lock()
        self._uses: deque[tuple[int, Use]] = deque()
        self._rejections: dict[tuple[int, int, RejectionReason], int] = {}
        self._has_thread = False

    def record(
        self,
        token_pk: int,
        *,
        previous_secret_expires_at: datetime | None = None,
        address: str = "",
        user_agent: str = "",
        renewed_digest: tuple[Digest, Digest] | None = None,
    ) -> None:
        """Count an authenticated request with this token, now."""
        user_agent = user_agent[:MAX_USER_AGENT_LENGTH]
        self._uses.append((token_pk, Use(time.time(), address, user_agent, previous_secret_expires_at, renewed_digest)))
        if len(self._uses) >= MAX_BUFFERED_REQUESTS:
            self.add_up()
        if not self._has_thread:
            self.start_thread()

    def record_rejection(self, token_pk: int, reason: RejectionReason) -> None:
        """Count a rejected request with this token, now."""
        key = (token_pk, int(time.time() // HOUR_SECONDS), reason)
        with self._lock:
            count = self._rejections.get(key, 0)
            if count or len(self._rejections) < MAX_BUFFERED_REJECTIONS:
                self._rejections[key] = count + 1
        if not self._has_thread:
            self.start_thread()

    def add_up(self) -> None:
        """Add up the buffered requests by token."""
        raise NotImplementedError

    def start_thread(self) -> None:
        """Start the thread that writes what this process counts, once per process."""
        raise NotImplementedError
