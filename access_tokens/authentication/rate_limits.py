"""How many calls a minute: of each token, and of each address that failed to authenticate.

Each process counts by itself. What the others counted comes with the token's own row, or is read back by the usage
writer; so that without Redis a limit is overshot by what is let through within one interval of it. With Redis (or
Valkey) the count is one for all, and exact. Nothing here asks the database on a call's own path.
"""

import threading
import time
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

from access_tokens.models import FailedAttempts

MINUTE = 60
"""Seconds of a window. Windows begin with the minutes of the clock, so that all processes mean the same one."""
MAX_KEYS = 100_000
"""Keys of one minute in one process. Beyond them it starts again: the shared counts still hold."""


class Quota(NamedTuple):
    """What is left of a minute after this call; `remaining` is below 0 for a call that is too much."""

    limit: int
    remaining: int
    resets_in: int
    policy: str = "token"

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10, 3 and 4)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={MINUTE}',
            "RateLimit": f'"{self.policy}";r={max(self.remaining, 0)};t={self.resets_in}',
        }


def minute_of(now: float) -> int:
    """The minute, counted from 1970, of an instant in seconds."""
    return int(now // MINUTE)


def seconds_left(now: float) -> int:
    """Seconds until the next minute begins, rounded up: 1 to 60."""
    return MINUTE - int(now % MINUTE)


class Unwritten(NamedTuple):
    """Counts of a minute that are being written. Whoever has written some takes them out."""

    minute: int
    counts: dict[Any, int]


class MinuteCounter:
    """Counts by key within the present minute, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._here: dict[Any, int] = {}
        self._unwritten: dict[Any, int] = {}

    def take(self, key: Hashable, *, limit: int, minute: int, shared: int = 0) -> int:
        """Count one more of `key` in `minute`, unless its limit is reached. Returns how many are left, -1 if none was.

        shared: what all processes, this one included, have written for that key and minute.
        """
        with self._lock:
            if minute != self._minute or len(self._here) >= MAX_KEYS:
                self._minute, self._here, self._unwritten = minute, {}, {}
            here, unwritten = self._here.get(key, 0), self._unwritten.get(key, 0)
            count = max(here, shared + unwritten)
            if count >= limit:
                return -1
            self._here[key], self._unwritten[key] = here + 1, unwritten + 1
        return limit - count - 1

    @contextmanager
    def writing(self) -> Iterator[Unwritten]:
        """What this process counted and has not written yet. What is left of it at the end waits for the next time.

        It is taken for written before it is: else a call in between would count it twice.
        """
        with self._lock:
            batch, self._unwritten = Unwritten(self._minute, self._unwritten), {}
        try:
            yield batch
        finally:
            with self._lock:
                for key, count in batch.counts.items() if batch.minute == self._minute else ():
                    self._unwritten[key] = self._unwritten.get(key, 0) + count


def _make(name: str) -> MinuteCounter:
    """A counter in Redis if that is the cache, else one of this process."""
    if not isinstance(caches["default"], RedisCache):
        return MinuteCounter()
    from access_tokens.authentication.redis_counter import RedisCounter  # only where there is a Redis

    return RedisCounter.at(settings.CACHES["default"]["LOCATION"], name)


tokens = _make("token")
failures = _make("failure")


def admit(token_pk: int, *, limit: int, written_minute: int, written_requests: int) -> Quota:
    """Count one call of a token. `written_…`: what its row says, which was read for this very call."""
    now = time.time()
    minute = minute_of(now)
    shared = written_requests if written_minute == minute else 0
    remaining = tokens.take(token_pk, limit=limit, minute=minute, shared=shared)
    return Quota(limit, remaining, seconds_left(now))


class FailureLimit:
    """Failed authentications by address, with what other processes counted as the usage writer read it back."""

    def __init__(self) -> None:
        self._read_back: tuple[int, Mapping[str, int]] = (0, {})
        self._has_rows = False

    def count(self, address: str | None) -> Quota | None:
        """Count one failure from `address`. Returns what is left for it, None if none is known.

        An IPv6 network of 64 bits counts as one address: whoever has one of them has all.
        """
        if address is None:
            return None
        now = time.time()
        minute, key = minute_of(now), network_of(address)
        read_in, counts = self._read_back
        shared = counts.get(key, 0) if read_in == minute else 0
        remaining = failures.take(key, limit=settings.FAILURE_LIMIT, minute=minute, shared=shared)
        return Quota(settings.FAILURE_LIMIT, remaining, seconds_left(now), policy="failures")

    def share(self) -> None:
        """Write what this process counted, and read what all did. Forgets minutes that are over.

        Raises: DatabaseError or InterfaceError.
        """
        minute = minute_of(time.time())
        if self._has_rows and self._read_back[0] < minute:
            FailedAttempts.objects.filter(minute__lt=minute).delete()
            self._has_rows = False
        with failures.writing() as batch:
            if batch.counts and batch.minute == minute:
                self._has_rows = True
                FailedAttempts.add(minute, batch.counts)
                networks = list(batch.counts)
                batch.counts.clear()
                self._read_back = (minute, FailedAttempts.counted(minute, networks))


def network_of(address: str) -> str:
    """What an address counts as: itself for IPv4, its network of 64 bits for IPv6."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)


failure_limit = FailureLimit()
