"""What is counted of a token's calls, and what is written of it."""

import sys
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from access_tokens.authentication.usage import UsageWriter
from access_tokens.authentication.usage import writer as usage_module
from access_tokens.models import AccessToken, HourlyUsage
from access_tokens.token_crypto import generate_key
from tests.access_tokens.authentication.usage.common import MINUTE, NOON, use, written
from tests.factories import expired, make_token

pytestmark = pytest.mark.django_db

# What is written


def test_the_calls_of_a_token_are_counted_and_the_last_is_kept(writer, token):
    use(writer, token, NOON, times=3)
    use(writer, token, NOON + MINUTE)
    assert written(token) == (0, None)
    writer.flush()
    assert written(token) == (4, NOON + MINUTE)


def test_the_last_use_of_an_old_secret_is_its_own_and_goes_only_forward(writer, token):
    end = NOON + timedelta(days=1)
    AccessToken.objects.update(previous_secret_digest=b"x" * 32, previous_secret_expires_at=end)
    for moment, until in ((NOON, end), (NOON + MINUTE, None), (NOON - MINUTE, end)):
        with time_machine.travel(moment, tick=False):
            writer.record(token.pk, previous_secret_expires_at=until)
        writer.flush()
    row = AccessToken.objects.get()
    assert (row.previous_secret_use_count, row.previous_secret_last_used_at) == (2, NOON)
    assert row.last_used_at == NOON + MINUTE


def test_a_second_write_adds_to_the_first(writer, token):
    use(writer, token, NOON, times=2)
    writer.flush()
    use(writer, token, NOON + MINUTE)
    writer.flush()
    assert written(token) == (3, NOON + MINUTE)


def test_last_used_never_moves_back(writer, token):
    """Another process may have written a later use in between."""
    use(writer, token, NOON)
    other = UsageWriter()
    use(other, token, NOON + MINUTE)
    other.flush()
    writer.flush()
    assert written(token) == (2, NOON + MINUTE)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=12))
def test_counts_add_up_in_whatever_order_processes_write(calls):
    token = make_token(is_sealed=False).row
    writers = [UsageWriter() for _ in range(3)]
    for which, minute in sorted(calls, key=lambda call: call[1]):
        use(writers[which], token, NOON + minute * MINUTE)
    for writer in writers:
        writer.flush()
    assert written(token) == (len(calls), NOON + max(minute for _, minute in calls) * MINUTE if calls else None)


def test_calls_are_put_together_by_token_before_they_are_many(writer, token, monkeypatch):
    monkeypatch.setattr(usage_module, "CALLS", 3)
    use(writer, token, NOON, times=8)
    assert (len(writer._calls), len(writer._uses)) == (2, 1)
    writer.flush()
    assert written(token) == (8, NOON)


def test_no_call_is_lost_while_others_are_put_together(writer):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=lambda: [writer.record(1) for _ in range(20_000)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        writer._gather()
    sys.setswitchinterval(interval)
    writer._gather()
    assert writer._uses[1].calls == 40_000


def test_tokens_are_counted_each_for_itself(writer, token):
    other, unused = make_token().row, make_token().row
    use(writer, token, times=2)
    use(writer, other, NOON + MINUTE)
    writer.flush()
    assert written(token) == (2, NOON)
    assert written(other) == (1, NOON + MINUTE)
    assert written(unused) == (0, None)


def test_a_token_that_was_deleted_meanwhile_is_left_out(writer, token):
    gone = make_token().row
    use(writer, gone)
    use(writer, token)
    gone.delete()
    writer.flush()
    assert written(token) == (1, NOON)


# What it costs


def statements(write) -> list[str]:
    """What was written, by the first word of each statement."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        write()
    words = [query["sql"].split()[0] for query in captured]
    return [word for word in words if word in {"UPDATE", "INSERT"}]


def test_many_tokens_are_written_in_one_statement_and_their_hours_in_another(writer):
    for token in [make_token(is_sealed=False).row for _ in range(20)]:
        use(writer, token)
    assert statements(writer.flush) == ["UPDATE", "INSERT"]


def test_more_than_a_batch_is_written_in_more_than_one(writer, monkeypatch):
    monkeypatch.setattr(usage_module, "BATCH", 2)
    tokens = [make_token(is_sealed=False).row for _ in range(5)]
    for token in tokens:
        use(writer, token)
    assert statements(writer.flush) == ["UPDATE", "INSERT"] * 3
    assert [written(token) for token in tokens] == [(1, NOON)] * 5


def test_nothing_to_write_costs_nothing(writer, django_assert_num_queries):
    with django_assert_num_queries(0):
        writer.flush()


def test_recording_costs_no_query(writer, token, django_assert_num_queries):
    with django_assert_num_queries(0):
        use(writer, token)


def test_a_call_costs_one_query_and_writes_nothing(api, django_assert_num_queries):
    token = make_token()
    with django_assert_num_queries(1):
        assert api.get("/api/v1/me", token).status_code == 200
    assert written(token.row) == (0, None)
    usage_module.usage.flush()
    assert written(token.row)[0] == 1


@pytest.mark.parametrize("spoil", [lambda token: token.plaintext[:-1] + "!", lambda token: make_token().plaintext])
def test_only_calls_that_authenticate_count(api, spoil):
    token, off, over = make_token(), make_token(disabled_at=NOON), make_token(**expired())
    api.get("/api/v1/me", spoil(token))
    api.get("/api/v1/me", off)
    api.get("/api/v1/me", over)
    usage_module.usage.flush()
    assert [written(made.row)[0] for made in (token, off, over)] == [0, 0, 0]


# From where, by hour, and under the newest pepper


def hours(token):
    return dict(HourlyUsage.objects.filter(token=token).values_list("hour", "requests"))


def test_calls_are_counted_by_hour_whoever_writes_them(writer, token):
    hour = int(NOON.timestamp()) // 3600
    use(writer, token, NOON, times=2)
    use(writer, token, NOON + 59 * MINUTE)
    use(writer, token, NOON + 60 * MINUTE)
    other = UsageWriter()
    use(other, token, NOON)
    writer.flush()
    other.flush()
    assert hours(token) == {hour: 4, hour + 1: 1}


def test_the_hours_of_a_token_that_was_deleted_meanwhile_are_left_out(writer, token):
    gone = make_token().row
    use(writer, gone)
    use(writer, token)
    gone.delete()
    writer.flush()
    assert HourlyUsage.objects.count() == 1


def test_the_last_call_tells_from_where(writer, token):
    def came(at, **whence):
        with time_machine.travel(at, tick=False):
            writer.record(token.pk, **whence)

    came(NOON, address="203.0.113.7", agent="curl/8.14.1")
    came(NOON + MINUTE, address="2001:db8::1", agent="python-requests/2.34 (x)")
    writer.flush()
    row = AccessToken.objects.get()
    assert (row.last_ip_address, row.last_client) == ("2001:db8::1", "python-requests")
    other = UsageWriter()
    use(other, token, NOON)
    other.flush()
    row.refresh_from_db()
    assert (row.last_ip_address, row.last_client) == ("2001:db8::1", "python-requests")


def test_an_address_that_is_none_is_not_kept(writer, token):
    writer.record(token.pk, address="unix:", agent="curl")
    writer.flush()
    assert AccessToken.objects.get().last_ip_address == ""


def test_a_digest_of_an_older_pepper_is_renewed_after_the_next_use(api, settings):
    token, other = make_token(), make_token()
    old, settings.TOKEN_PEPPERS = settings.TOKEN_PEPPERS, f"{generate_key('k9')},{settings.TOKEN_PEPPERS}"
    assert api.get("/api/v1/me", token).status_code == 200
    usage_module.usage.flush()
    assert AccessToken.objects.get(pk=token.row.pk).pepper_id == "k9"
    assert AccessToken.objects.get(pk=other.row.pk).pepper_id == "k1"
    settings.TOKEN_PEPPERS = settings.TOKEN_PEPPERS.removesuffix(f",{old}")
    assert api.get("/api/v1/me", token).status_code == 200
    assert api.get("/api/v1/me", other).status_code == 401


def test_a_digest_that_was_rotated_meanwhile_is_left_alone(api, settings):
    token = make_token()
    settings.TOKEN_PEPPERS = f"{generate_key('k9')},{settings.TOKEN_PEPPERS}"
    assert api.get("/api/v1/me", token).status_code == 200
    AccessToken.objects.update(digest=b"of another secret", pepper_id="k9")
    usage_module.usage.flush()
    assert bytes(AccessToken.objects.get().digest) == b"of another secret"


@pytest.mark.parametrize("address", ["fe80::1%" + "a" * 60, "fe80::1%eth0"])
def test_an_address_is_kept_without_its_zone(writer, token, address):
    writer.record(token.pk, address=address)
    writer.flush()
    assert AccessToken.objects.get().last_ip_address == "fe80::1"
