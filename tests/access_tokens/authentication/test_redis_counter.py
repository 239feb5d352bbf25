"""Request counts shared by all processes in Redis."""

import subprocess
import time

import pytest
from redis import Redis

from access_tokens.authentication.redis_counter import RedisCounter
from tests.access_tokens.authentication.test_counting import increment, pending
from tests.packages import found

UNREACHABLE = "/nowhere/redis.sock"


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """A client of a Redis server of our own, on a socket."""
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "redis.sock"
    command = [found("redis-server"), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = Redis(unix_socket_path=str(socket), socket_timeout=1)
    while not socket.exists():
        assert server.poll() is None
        time.sleep(0.05)
    client.ping()
    yield client
    server.terminate()
    server.wait(10)


def test_two_processes_share_one_count(redis):
    one, other = RedisCounter("exact", redis), RedisCounter("exact", redis)
    remaining = [counter.increment("k", limit=5, minute=1) for _ in range(4) for counter in (one, other)]
    assert remaining == [4, 3, 2, 1, 0, -1, -1, -1]
    assert increment(other, 1, minute=2) == [4]
    assert pending(one) == pending(other) == (0, {})


def test_counts_expire_after_two_minutes(redis):
    increment(RedisCounter("expiring", redis), 1)
    [key] = redis.keys(":1:latchkey:expiring:*")
    assert 0 < redis.ttl(key) <= 120


def test_processes_count_for_themselves_while_redis_does_not_answer():
    counter = RedisCounter("away", Redis(unix_socket_path=UNREACHABLE))
    assert increment(counter, 7) == [4, 3, 2, 1, 0, -1, -1]


def test_redis_is_asked_again_after_a_while(redis, monkeypatch):
    counter = RedisCounter("back", redis)
    monkeypatch.setattr(counter, "_redis", Redis(unix_socket_path=UNREACHABLE))
    assert increment(counter, 2) == [4, 3]
    monkeypatch.setattr(counter, "_redis", redis)
    assert increment(counter, 1) == [2], "Redis must not be asked yet."
    monkeypatch.setattr(counter, "_retry_at", 0)
    assert increment(counter, 1) == [4]
