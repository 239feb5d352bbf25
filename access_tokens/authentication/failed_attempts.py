"""The rate limit of failed authentications, counted per IP address."""

import time
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings

from access_tokens.authentication.counting import RateLimit, create_counter, minute_of, seconds_until_next_minute
from access_tokens.models import FailedAttempts


class FailedAttemptLimit:
    """Failed attempts of this process, and those that other processes have written."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all counts."""
        self.counter = create_counter("failure")
        self._stored: tuple[int, Mapping[str, int]] = (0, {})
        self._has_rows = False

    def count(self, address: str | None) -> RateLimit | None:
        """Count a failed attempt from `address`. Return None if the address is unknown."""
        if address is None:
            return None
        now = time.time()
        minute, key = minute_of(now), network_of(address)
        stored_minute, counts = self._stored
        stored = counts.get(key, 0) if stored_minute == minute else 0
        limit = settings.FAILURE_LIMIT
        remaining = self.counter.increment(key, limit=limit, minute=minute, stored=stored)
        return RateLimit(limit, remaining, seconds_until_next_minute(now), policy="failures")

    def flush(self) -> None:
        """Write the counts of this process, read those of all processes, and delete earlier minutes.

        Raises: DatabaseError or InterfaceError.
        """
        minute = minute_of(time.time())
        if self._has_rows and self._stored[0] < minute:
            FailedAttempts.objects.filter(minute__lt=minute).delete()
            self._has_rows = False
        with self.counter.flushing() as batch:
            if batch.counts and batch.minute == minute:
                self._has_rows = True
                FailedAttempts.increment(minute, batch.counts)
                networks = list(batch.counts)
                batch.counts.clear()
                self._stored = (minute, FailedAttempts.find_counts(minute, networks))


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or an IPv6 network of 64 bits, which usually has one user."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)


failed_attempts = FailedAttemptLimit()
