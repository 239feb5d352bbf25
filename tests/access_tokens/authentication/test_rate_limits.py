"""Calls a minute: by token, and by address that fails. Counted here, and shared by Redis or by the usage writer."""

import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from redis import Redis

from access_tokens.authentication import bearer, rate_limits
from access_tokens.authentication.rate_limits import FailureLimit, MinuteCounter, network_of
from access_tokens.authentication.redis_counter import RedisCounter
from access_tokens.authentication.usage import UsageWriter, usage
from access_tokens.models import AccessToken, FailedAttempts
from tests.factories import WorkspaceFactory, make_token
from tests.packages import found
from workspaces.api.problems import Problem

ME = "/api/v1/me"
NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
LATE = datetime(2027, 3, 1, 12, 0, 50, 500_000, tzinfo=UTC)
NEXT_MINUTE = datetime(2027, 3, 1, 12, 1, 0, tzinfo=UTC)


def take(counter, times, *, limit=5, minute=1, shared=0, key="k"):
    return [counter.take(key, limit=limit, minute=minute, shared=shared) for _ in range(times)]


# The counter


def test_it_counts_down_and_then_refuses():
    assert take(MinuteCounter(), 7) == [4, 3, 2, 1, 0, -1, -1]


def test_each_key_and_each_minute_has_its_own_count():
    counter = MinuteCounter()
    take(counter, 5)
    assert take(counter, 1, key="other") == [4]
    assert take(counter, 1) == [-1]
    assert take(counter, 1, minute=2) == [4]


def test_what_others_wrote_counts_too():
    assert take(MinuteCounter(), 3, shared=3) == [1, 0, -1]


def unwritten(counter):
    """What waits to be written, and goes on waiting."""
    with counter.writing() as batch:
        return (batch.minute, dict(batch.counts))


def write(counter):
    with counter.writing() as batch:
        batch.counts.clear()


def test_what_it_wrote_itself_is_not_counted_twice():
    counter = MinuteCounter()
    take(counter, 3)
    assert unwritten(counter) == (1, {"k": 3})
    write(counter)
    assert unwritten(counter) == (1, {})
    assert take(counter, 2, shared=3) == [1, 0]
    assert unwritten(counter) == (1, {"k": 2})


@pytest.mark.parametrize("minute", [1, 2])
def test_a_write_that_ends_after_counting_began_anew_takes_nothing_away(monkeypatch, minute):
    monkeypatch.setattr(rate_limits, "MAX_KEYS", 1)
    counter = MinuteCounter()
    take(counter, 3)
    with counter.writing() as batch:
        take(counter, 1, key="other", minute=minute)
        batch.counts.clear()
    assert take(counter, 1, minute=minute, shared=3) == [1]
    assert unwritten(counter) == (minute, {"k": 1})


def test_what_is_left_unwritten_of_a_minute_that_is_over_is_forgotten():
    counter = MinuteCounter()
    take(counter, 3)
    with counter.writing():
        take(counter, 1, minute=2)
    assert unwritten(counter) == (2, {"k": 1})


def test_while_its_own_counts_are_on_their_way_it_overshoots_by_none():
    """The row was read before the write, and the write is done: what is known here still holds."""
    counter = MinuteCounter()
    take(counter, 5)
    write(counter)
    assert take(counter, 1, shared=0) == [-1]


def test_what_could_not_be_written_waits_for_the_next_time():
    counter = MinuteCounter()
    take(counter, 3)
    take(counter, 2, key="other")
    with suppress(OSError), counter.writing() as batch:
        del batch.counts["other"]
        take(counter, 1)
        raise OSError
    assert unwritten(counter) == (1, {"k": 4})


def test_a_row_read_back_while_it_is_written_does_not_count_twice():
    counter = MinuteCounter()
    take(counter, 3)
    with counter.writing():
        assert take(counter, 1, shared=3) == [1]


def test_its_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(rate_limits, "MAX_KEYS", 10)
    counter = MinuteCounter()
    for number in range(100):
        take(counter, 1, key=number)
    assert len(counter._here) <= 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address, network):
    assert network_of(address) == network


# Tokens


@pytest.fixture
def token(db):
    return make_token(WorkspaceFactory(slug="acme", rate_limit=3))


def test_each_answer_tells_what_is_left(api, token):
    with time_machine.travel(LATE, tick=False):
        answers = [api.get(ME, token) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"token";q=3;w=60'}
    assert [answer.headers["RateLimit"] for answer in answers] == [f'"token";r={left};t=10' for left in (2, 1, 0, 0)]
    refused = answers[-1]
    assert refused.json()["type"] == Problem.RATE_LIMITED.url
    assert refused.headers["Retry-After"] == "10"
    assert "Wait 10 seconds" in refused.json()["detail"]


def test_the_next_minute_begins_anew_and_other_tokens_have_their_own(api, token):
    with time_machine.travel(LATE, tick=False):
        for _ in range(4):
            last = api.get(ME, token)
        assert last.status_code == 429
        assert api.get(ME, make_token(token.row.workspace)).status_code == 200
    with time_machine.travel(NEXT_MINUTE, tick=False):
        assert api.get(ME, token).status_code == 200


def test_errors_count_and_tell_it_too(api, token):
    answer = api.get("/api/v1/nowhere", token)
    assert answer.status_code == 404
    assert answer.headers["RateLimit"].startswith('"token";r=2;')


def test_what_is_refused_is_no_use_of_the_token(api, token):
    with time_machine.travel(NOON, tick=False):
        for _ in range(10):
            api.get(ME, token)
    usage.flush()
    assert AccessToken.objects.get().use_count == 3


def test_it_costs_no_query_of_its_own(api, token, django_assert_num_queries):
    with django_assert_num_queries(1):
        api.get(ME, token)


def test_another_process_knows_after_one_interval(api, token, monkeypatch):
    with time_machine.travel(NOON, tick=False):
        api.get(ME, token)
        api.get(ME, token)
        usage.flush()
        monkeypatch.setattr(rate_limits, "tokens", MinuteCounter())
        monkeypatch.setattr(bearer, "usage", UsageWriter())
        assert api.get(ME, token).headers["RateLimit"] == '"token";r=0;t=60'
        assert api.get(ME, token).status_code == 429


def test_two_processes_add_up_and_a_new_minute_starts_at_its_own_count(token):
    row = AccessToken.objects
    for moment, written in ((NOON, 2), (NOON, 4), (NEXT_MINUTE, 2)):
        with time_machine.travel(moment, tick=False), pytest.MonkeyPatch.context() as another:
            another.setattr(rate_limits, "tokens", MinuteCounter())
            writer = UsageWriter()
            for _ in range(2):
                seen = row.get()
                rate_limits.admit(
                    seen.pk, limit=9, written_minute=seen.rate_limit_minute, written_requests=seen.rate_limit_requests
                )
                writer.record(seen.pk)
            writer.flush()
        assert (row.get().rate_limit_requests, row.get().rate_limit_minute) == (
            written,
            rate_limits.minute_of(moment.timestamp()),
        )


def test_an_older_minute_that_is_written_late_changes_nothing(token):
    AccessToken.objects.update(rate_limit_minute=10**8, rate_limit_requests=7)
    rate_limits.admit(token.row.pk, limit=9, written_minute=0, written_requests=0)
    usage.record(token.row.pk)
    usage.flush()
    assert AccessToken.objects.values_list("rate_limit_minute", "rate_limit_requests").get() == (10**8, 7)


# Addresses


@pytest.fixture
def few(settings, db):
    settings.FAILURE_LIMIT = 3


def fail(address="203.0.113.7", header="Bearer nonsense"):
    return Client(REMOTE_ADDR=address).get(ME, headers={"Authorization": header})


def test_too_many_failures_of_an_address_are_429(few):
    with time_machine.travel(LATE, tick=False):
        answers = [fail() for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert answers[-1].headers["Retry-After"] == "10"
    assert answers[-1].json()["type"] == Problem.TOO_MANY_FAILURES.url
    assert answers[-1].headers["RateLimit-Policy"] == '"failures";q=3;w=60'
    assert answers[-1].headers["RateLimit"] == '"failures";r=0;t=10'


def test_a_right_token_is_never_refused_for_them(few):
    for _ in range(5):
        assert fail().status_code in {401, 429}
    answer = Client(REMOTE_ADDR="203.0.113.7").get(ME, headers={"Authorization": f"Bearer {make_token().plaintext}"})
    assert answer.status_code == 200


def test_other_addresses_fail_by_themselves(few):
    for _ in range(5):
        fail()
    assert fail("203.0.113.8").status_code == 401


def test_who_brings_no_token_has_not_failed(few):
    client = Client(REMOTE_ADDR="203.0.113.7")
    assert {client.get(ME).status_code for _ in range(10)} == {401}


def test_without_an_address_nobody_is_counted(few):
    assert {fail("unix:").status_code for _ in range(5)} == {401}


@pytest.mark.usefixtures("few")
def test_processes_share_failures_by_the_usage_writer():
    with time_machine.travel(NOON, tick=False):
        fail()
        fail()
        usage.flush()
        with pytest.MonkeyPatch.context() as another:
            another.setattr(rate_limits, "failures", MinuteCounter())
            another.setattr(rate_limits, "failure_limit", FailureLimit())
            fail()
            usage.flush()
            assert FailedAttempts.objects.get().count == 3
            assert fail().status_code == 429
        usage.flush()
    with time_machine.travel(NEXT_MINUTE, tick=False):
        assert fail().status_code == 401
        usage.flush()
        assert FailedAttempts.objects.get().count == 1
    with time_machine.travel(NEXT_MINUTE + timedelta(minutes=2), tick=False):
        usage.flush()
    assert not FailedAttempts.objects.exists()


# Redis


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """A server of our own, on a socket."""
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "redis.sock"
    command = [found("redis-server"), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = Redis(unix_socket_path=str(socket), socket_timeout=1)
    for _ in range(100):
        if socket.exists():
            break
        time.sleep(0.05)
    client.ping()
    yield server, client
    server.terminate()
    server.wait(10)


def test_with_redis_two_processes_count_as_one(redis):
    _, client = redis
    one, other = RedisCounter("exact", client), RedisCounter("exact", client)
    seen = [counter.take("k", limit=5, minute=1) for _ in range(4) for counter in (one, other)]
    assert seen == [4, 3, 2, 1, 0, -1, -1, -1]
    assert take(other, 1, minute=2) == [4]
    assert unwritten(one) == unwritten(other) == (0, {})
    lives = [client.ttl(key) for key in client.keys(":1:latchkey:exact:*")]
    assert len(lives) == 2
    assert all(0 < life <= 120 for life in lives)


def test_without_an_answer_of_redis_each_process_counts_by_itself():
    counter = RedisCounter("away", Redis(unix_socket_path="/nowhere/redis.sock"))
    assert take(counter, 7) == [4, 3, 2, 1, 0, -1, -1]


def test_a_redis_that_is_back_is_asked_again(redis, monkeypatch):
    _, client = redis
    counter = RedisCounter("back", client)
    monkeypatch.setattr(counter, "_redis", Redis(unix_socket_path="/nowhere/redis.sock"))
    assert take(counter, 2) == [4, 3]
    monkeypatch.setattr(counter, "_redis", client)
    assert take(counter, 1) == [2], "It is left alone for a while."
    monkeypatch.setattr(counter, "_ask_again_at", 0)
    assert take(counter, 1) == [4]


def test_the_counter_is_redis_where_that_is_the_cache(settings):
    assert type(rate_limits._make("x")) is MinuteCounter
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x:1/0"}
    }
    assert type(rate_limits._make("x")) is RedisCounter
