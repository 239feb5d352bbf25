"""Rate limits per token, and the counter behind them."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
import time_machine

from access_tokens.authentication import counting, request_auth
from access_tokens.authentication.counting import MinuteCounter, count_request, create_counter, minute_of
from access_tokens.authentication.redis_counter import RedisCounter
from access_tokens.authentication.usage import UsageWriter, usage
from access_tokens.models import AccessToken
from tests.factories import WorkspaceFactory, make_token
from workspaces.api.problems import Problem

ME = "/api/v1/me"
NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
TEN_SECONDS_LEFT = datetime(2027, 3, 1, 12, 0, 50, 500_000, tzinfo=UTC)
NEXT_MINUTE = datetime(2027, 3, 1, 12, 1, 0, tzinfo=UTC)


def increment(counter, times, *, limit=5, minute=1, stored=0, key="k"):
    return [counter.increment(key, limit=limit, minute=minute, stored=stored) for _ in range(times)]


def pending(counter):
    """Return what waits to be written, and leave it waiting."""
    with counter.flushing() as batch:
        return (batch.minute, dict(batch.counts))


def flush(counter):
    with counter.flushing() as batch:
        batch.counts.clear()


# The counter


def test_counter_counts_down_to_the_limit():
    assert increment(MinuteCounter(), 7) == [4, 3, 2, 1, 0, -1, -1]


def test_keys_and_minutes_are_counted_separately():
    counter = MinuteCounter()
    increment(counter, 5)
    assert increment(counter, 1, key="other") == [4]
    assert increment(counter, 1) == [-1]
    assert increment(counter, 1, minute=2) == [4]


def test_stored_counts_of_other_processes_are_included():
    assert increment(MinuteCounter(), 3, stored=3) == [1, 0, -1]


def test_own_counts_are_not_counted_twice_once_they_are_stored():
    counter = MinuteCounter()
    increment(counter, 3)
    assert pending(counter) == (1, {"k": 3})
    flush(counter)
    assert pending(counter) == (1, {})
    assert increment(counter, 2, stored=3) == [1, 0]
    assert pending(counter) == (1, {"k": 2})


@pytest.mark.parametrize("minute", [1, 2])
def test_flush_that_ends_after_the_counter_was_reset_changes_nothing(monkeypatch, minute):
    monkeypatch.setattr(counting, "MAX_KEYS", 1)
    counter = MinuteCounter()
    increment(counter, 3)
    with counter.flushing() as batch:
        increment(counter, 1, key="other", minute=minute)
        batch.counts.clear()
    assert increment(counter, 1, minute=minute, stored=3) == [1]
    assert pending(counter) == (minute, {"k": 1})


def test_unwritten_counts_of_an_earlier_minute_are_dropped():
    counter = MinuteCounter()
    increment(counter, 3)
    with counter.flushing():
        increment(counter, 1, minute=2)
    assert pending(counter) == (2, {"k": 1})


def test_limit_holds_when_the_row_was_read_before_the_counts_were_stored():
    counter = MinuteCounter()
    increment(counter, 5)
    flush(counter)
    assert increment(counter, 1, stored=0) == [-1]


def test_counts_that_could_not_be_written_wait_for_the_next_flush():
    counter = MinuteCounter()
    increment(counter, 3)
    increment(counter, 2, key="other")
    with suppress(OSError), counter.flushing() as batch:
        del batch.counts["other"]
        increment(counter, 1)
        raise OSError
    assert pending(counter) == (1, {"k": 4})


def test_row_read_during_a_flush_is_not_counted_twice():
    counter = MinuteCounter()
    increment(counter, 3)
    with counter.flushing():
        assert increment(counter, 1, stored=3) == [1]


def test_memory_of_a_counter_is_limited(monkeypatch):
    monkeypatch.setattr(counting, "MAX_KEYS", 10)
    counter = MinuteCounter()
    for number in range(100):
        increment(counter, 1, key=number)
    assert len(counter._counts) <= 10


def test_counter_is_in_redis_if_the_cache_is(settings):
    assert type(create_counter("x")) is MinuteCounter
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x:1/0"}
    }
    assert type(create_counter("x")) is RedisCounter


# Rate limits of tokens


@pytest.fixture
def token(db):
    return make_token(WorkspaceFactory(slug="acme", rate_limit=3))


def test_each_response_has_the_remaining_requests(api, token):
    with time_machine.travel(TEN_SECONDS_LEFT, tick=False):
        responses = [api.get(ME, token) for _ in range(4)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert {response.headers["RateLimit-Policy"] for response in responses} == {'"token";q=3;w=60'}
    remaining = [response.headers["RateLimit"] for response in responses]
    assert remaining == [f'"token";r={count};t=10' for count in (2, 1, 0, 0)]


def test_exceeded_limit_is_429_with_the_seconds_to_wait(api, token):
    with time_machine.travel(TEN_SECONDS_LEFT, tick=False):
        response = [api.get(ME, token) for _ in range(4)][-1]
    assert response.json()["type"] == Problem.RATE_LIMITED.url
    assert response.headers["Retry-After"] == "10"
    assert "Wait 10 seconds" in response.json()["detail"]


def test_limit_starts_again_in_the_next_minute(api, token):
    with time_machine.travel(TEN_SECONDS_LEFT, tick=False):
        assert [api.get(ME, token).status_code for _ in range(4)][-1] == 429
    with time_machine.travel(NEXT_MINUTE, tick=False):
        assert api.get(ME, token).status_code == 200


def test_tokens_of_one_workspace_have_separate_limits(api, token):
    with time_machine.travel(NOON, tick=False):
        assert [api.get(ME, token).status_code for _ in range(4)][-1] == 429
        assert api.get(ME, make_token(token.row.workspace)).status_code == 200


def test_error_responses_count_and_have_the_headers(api, token):
    response = api.get("/api/v1/nowhere", token)
    assert response.status_code == 404
    assert response.headers["RateLimit"].startswith('"token";r=2;')


def test_rate_limited_requests_are_not_uses_of_the_token(api, token):
    with time_machine.travel(NOON, tick=False):
        for _ in range(10):
            api.get(ME, token)
    usage.flush()
    assert AccessToken.objects.get().use_count == 3


def test_rate_limit_needs_no_query_of_its_own(api, token, django_assert_num_queries):
    with django_assert_num_queries(1):
        api.get(ME, token)


def test_another_process_sees_the_count_after_a_flush(api, token, monkeypatch):
    with time_machine.travel(NOON, tick=False):
        api.get(ME, token)
        api.get(ME, token)
        usage.flush()
        monkeypatch.setattr(counting, "token_counter", MinuteCounter())
        monkeypatch.setattr(request_auth, "usage", UsageWriter())
        assert api.get(ME, token).headers["RateLimit"] == '"token";r=0;t=60'
        assert api.get(ME, token).status_code == 429


def test_counts_of_processes_add_up_and_start_again_each_minute(token):
    rows = AccessToken.objects
    for moment, stored in ((NOON, 2), (NOON, 4), (NEXT_MINUTE, 2)):
        with time_machine.travel(moment, tick=False), pytest.MonkeyPatch.context() as process:
            process.setattr(counting, "token_counter", MinuteCounter())
            writer = UsageWriter()
            for _ in range(2):
                row = rows.get()
                count_request(
                    row.pk, limit=9, stored_minute=row.rate_limit_minute, stored_requests=row.rate_limit_requests
                )
                writer.record(row.pk)
            writer.flush()
        assert (rows.get().rate_limit_requests, rows.get().rate_limit_minute) == (stored, minute_of(moment.timestamp()))


def test_counts_of_an_earlier_minute_do_not_overwrite_later_ones(token):
    AccessToken.objects.update(rate_limit_minute=10**8, rate_limit_requests=7)
    count_request(token.row.pk, limit=9, stored_minute=0, stored_requests=0)
    usage.record(token.row.pk)
    usage.flush()
    assert AccessToken.objects.values_list("rate_limit_minute", "rate_limit_requests").get() == (10**8, 7)
