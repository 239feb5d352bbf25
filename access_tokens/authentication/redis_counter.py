"""The counter of calls that all processes share, where Redis or Valkey is the cache."""

import time
from collections.abc import Hashable
from typing import Self

import structlog
from django.core.cache import caches
from redis import Redis
from redis.exceptions import RedisError

from access_tokens.authentication.rate_limits import MINUTE, MinuteCounter

PATIENCE = 0.25
"""Seconds that a call waits for Redis at most, before it counts without it."""
PAUSE = 5.0
"""Seconds in which nobody asks a Redis that did not answer."""

log = structlog.get_logger("latchkey.rate_limits")


class RedisCounter(MinuteCounter):
    """The same, counted for all processes in Redis. While that does not answer, each process counts by itself."""

    def __init__(self, name: str, redis: Redis) -> None:
        super().__init__()
        self._name = name
        self._redis = redis
        self._ask_again_at = 0.0

    @classmethod
    def at(cls, url: str, name: str) -> Self:
        """One that counts in the Redis at this URL."""
        return cls(name, Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE))

    def take(self, key: Hashable, *, limit: int, minute: int, shared: int = 0) -> int:
        if time.monotonic() < self._ask_again_at:
            return super().take(key, limit=limit, minute=minute, shared=shared)
        place = caches["default"].make_key(f"latchkey:{self._name}:{key}:{minute}")
        try:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.incr(place)
            pipeline.expire(place, 2 * MINUTE)
            count: int = pipeline.execute()[0]
        except RedisError as error:
            self._ask_again_at = time.monotonic() + PAUSE
            log.warning("Redis does not count: each process counts by itself", error=str(error))
            return super().take(key, limit=limit, minute=minute, shared=shared)
        return limit - count if count <= limit else -1
