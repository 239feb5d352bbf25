"""The request counter that all processes share where the cache is Redis or Valkey."""

import time
from collections.abc import Hashable
from typing import Self

import structlog
from django.core.cache import caches
from redis import Redis
from redis.exceptions import RedisError

from access_tokens.authentication.counting import MINUTE_SECONDS, MinuteCounter

TIMEOUT_SECONDS = 0.25
"""How long a request waits for Redis before it is counted without it."""
RETRY_AFTER_SECONDS = 5.0
"""How long Redis is not asked after it did not answer."""

log = structlog.get_logger("latchkey.rate_limits")


class RedisCounter(MinuteCounter):
    """A counter in Redis. While Redis does not answer, each process counts for itself."""

    def __init__(self, name: str, redis: Redis) -> None:
        super().__init__()
        self._name = name
        self._redis = redis
        self._retry_at = 0.0

    @classmethod
    def from_url(cls, url: str, name: str) -> Self:
        return cls(name, Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS))

    def increment(self, key: Hashable, *, limit: int, minute: int, stored: int = 0) -> int:
        if time.monotonic() < self._retry_at:
            return super().increment(key, limit=limit, minute=minute, stored=stored)
        redis_key = caches["default"].make_key(f"latchkey:{self._name}:{key}:{minute}")
        try:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.incr(redis_key)
            pipeline.expire(redis_key, 2 * MINUTE_SECONDS)
            count: int = pipeline.execute()[0]
        except RedisError as error:
            self._retry_at = time.monotonic() + RETRY_AFTER_SECONDS
            log.warning("Redis does not answer; each process counts requests by itself", error=str(error))
            return super().increment(key, limit=limit, minute=minute, stored=stored)
        return limit - count if count <= limit else -1
