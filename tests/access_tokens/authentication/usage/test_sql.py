"""What the usage writer stores, and with how many statements."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from access_tokens.authentication.usage import UsageWriter, usage
from access_tokens.authentication.usage import writer as writer_module
from access_tokens.models import AccessToken, HourlyUsage
from access_tokens.token_crypto import generate_key
from tests.access_tokens.authentication.usage.common import MINUTE, NOON, stored, use
from tests.factories import expired, make_token

pytestmark = pytest.mark.django_db

# Use count and time of last use


def test_requests_are_counted_and_the_last_one_is_kept(writer, token):
    use(writer, token, NOON, times=3)
    use(writer, token, NOON + MINUTE)
    assert stored(token) == (0, None)
    writer.flush()
    assert stored(token) == (4, NOON + MINUTE)


def test_second_flush_adds_to_the_first(writer, token):
    use(writer, token, NOON, times=2)
    writer.flush()
    use(writer, token, NOON + MINUTE)
    writer.flush()
    assert stored(token) == (3, NOON + MINUTE)


def test_last_use_never_moves_back(writer, token):
    """Another process could have written a later use in between."""
    use(writer, token, NOON)
    other = UsageWriter()
    use(other, token, NOON + MINUTE)
    other.flush()
    writer.flush()
    assert stored(token) == (2, NOON + MINUTE)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=12))
def test_counts_add_up_in_any_order_of_writing_processes(requests):
    token = make_token(has_encrypted_copy=False).row
    writers = [UsageWriter() for _ in range(3)]
    for process, minute in sorted(requests, key=lambda request: request[1]):
        use(writers[process], token, NOON + minute * MINUTE)
    for writer in writers:
        writer.flush()
    last = NOON + max(minute for _, minute in requests) * MINUTE if requests else None
    assert stored(token) == (len(requests), last)


def test_tokens_are_counted_separately(writer, token):
    other, unused = make_token().row, make_token().row
    use(writer, token, times=2)
    use(writer, other, NOON + MINUTE)
    writer.flush()
    assert stored(token) == (2, NOON)
    assert stored(other) == (1, NOON + MINUTE)
    assert stored(unused) == (0, None)


def test_deleted_token_is_left_out(writer, token):
    gone = make_token().row
    use(writer, gone)
    use(writer, token)
    gone.delete()
    writer.flush()
    assert stored(token) == (1, NOON)
    assert HourlyUsage.objects.count() == 1


@pytest.mark.parametrize("spoil", [lambda token: token.plaintext[:-1] + "!", lambda token: make_token().plaintext])
def test_only_authenticated_requests_count(api, spoil):
    token, disabled, expired_token = make_token(), make_token(disabled_at=NOON), make_token(**expired())
    for one in (spoil(token), disabled, expired_token):
        api.get("/api/v1/me", one)
    usage.flush()
    assert [stored(made.row)[0] for made in (token, disabled, expired_token)] == [0, 0, 0]


# Previous secrets, hours, client, pepper


def test_last_use_of_the_previous_secret_is_kept_separately_and_never_moves_back(writer, token):
    end = NOON + timedelta(days=1)
    AccessToken.objects.update(previous_secret_digest=b"x" * 32, previous_secret_expires_at=end)
    for at, expires_at in ((NOON, end), (NOON + MINUTE, None), (NOON - MINUTE, end)):
        use(writer, token, at, previous_secret_expires_at=expires_at)
        writer.flush()
    row = AccessToken.objects.get()
    assert (row.previous_secret_use_count, row.previous_secret_last_used_at) == (2, NOON)
    assert row.last_used_at == NOON + MINUTE


def test_requests_are_counted_by_hour_across_processes(writer, token):
    hour = int(NOON.timestamp()) // 3600
    use(writer, token, NOON, times=2)
    use(writer, token, NOON + 59 * MINUTE)
    use(writer, token, NOON + 60 * MINUTE)
    other = UsageWriter()
    use(other, token, NOON)
    writer.flush()
    other.flush()
    assert dict(HourlyUsage.objects.values_list("hour", "requests")) == {hour: 4, hour + 1: 1}


def test_client_and_ip_address_are_those_of_the_last_request(writer, token):
    use(writer, token, NOON, address="203.0.113.7", user_agent="curl/8.14.1")
    use(writer, token, NOON + MINUTE, address="2001:db8::1", user_agent="python-requests/2.34 (x)")
    writer.flush()
    other = UsageWriter()
    use(other, token, NOON)
    other.flush()
    token.refresh_from_db()
    assert (token.last_ip_address, token.last_client) == ("2001:db8::1", "python-requests")


@pytest.mark.parametrize(
    ("address", "kept"), [("unix:", ""), ("fe80::1%" + "a" * 60, "fe80::1"), ("fe80::1%eth0", "fe80::1")]
)
def test_ip_address_is_stored_without_its_zone_and_invalid_ones_are_not(writer, token, address, kept):
    use(writer, token, address=address)
    writer.flush()
    assert AccessToken.objects.get().last_ip_address == kept


def test_digest_with_an_older_pepper_is_renewed_after_the_next_use(api, settings):
    token, unused = make_token(), make_token()
    old, settings.TOKEN_PEPPERS = settings.TOKEN_PEPPERS, f"{generate_key('k9')},{settings.TOKEN_PEPPERS}"
    assert api.get("/api/v1/me", token).status_code == 200
    usage.flush()
    assert AccessToken.objects.get(pk=token.row.pk).pepper_id == "k9"
    assert AccessToken.objects.get(pk=unused.row.pk).pepper_id == "k1"
    settings.TOKEN_PEPPERS = settings.TOKEN_PEPPERS.removesuffix(f",{old}")
    assert api.get("/api/v1/me", token).status_code == 200
    assert api.get("/api/v1/me", unused).status_code == 401


def test_digest_of_a_token_that_was_rotated_in_the_meantime_is_not_renewed(api, settings):
    token = make_token()
    settings.TOKEN_PEPPERS = f"{generate_key('k9')},{settings.TOKEN_PEPPERS}"
    assert api.get("/api/v1/me", token).status_code == 200
    AccessToken.objects.update(digest=b"of another secret", pepper_id="k9")
    usage.flush()
    assert bytes(AccessToken.objects.get().digest) == b"of another secret"


# Statements


def writing_statements(write) -> list[str]:
    """Return the first word of each statement that writes."""
    with CaptureQueriesContext(connection) as captured:
        write()
    words = [query["sql"].split()[0] for query in captured]
    return [word for word in words if word in {"UPDATE", "INSERT"}]


def test_all_tokens_are_written_in_one_statement_and_their_hours_in_another(writer):
    for token in [make_token(has_encrypted_copy=False).row for _ in range(20)]:
        use(writer, token)
    assert writing_statements(writer.flush) == ["UPDATE", "INSERT"]


def test_more_tokens_than_a_batch_are_written_in_several_statements(writer, monkeypatch):
    monkeypatch.setattr(writer_module, "BATCH_SIZE", 2)
    tokens = [make_token(has_encrypted_copy=False).row for _ in range(5)]
    for token in tokens:
        use(writer, token)
    assert writing_statements(writer.flush) == ["UPDATE", "INSERT"] * 3
    assert [stored(token) for token in tokens] == [(1, NOON)] * 5


def test_flush_without_usage_needs_no_query(writer, django_assert_num_queries):
    with django_assert_num_queries(0):
        writer.flush()


def test_recording_needs_no_query(writer, token, django_assert_num_queries):
    with django_assert_num_queries(0):
        use(writer, token)


def test_request_needs_one_query_and_writes_nothing(api, django_assert_num_queries):
    token = make_token()
    with django_assert_num_queries(1):
        assert api.get("/api/v1/me", token).status_code == 200
    assert stored(token.row) == (0, None)
    usage.flush()
    assert stored(token.row)[0] == 1


def test_times_of_one_second_are_formatted_alike(writer, token):
    with time_machine.travel(NOON + timedelta(milliseconds=700), tick=False):
        writer.record(token.pk)
    writer.flush()
    assert stored(token) == (1, NOON)
