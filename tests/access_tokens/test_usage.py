import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import structlog
import time_machine
from django.db import DatabaseError, DataError, InterfaceError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from access_tokens import rate_limits
from access_tokens.models import AccessToken, TokenHour
from access_tokens.secrets import generate_key
from access_tokens.usage import UsageWriter, sql
from access_tokens.usage import writer as usage_module
from tests.factories import expired, make_token

pytestmark = pytest.mark.django_db

NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Stop(Exception):
    pass


WATCH = UsageWriter.watch
"""Before the tests have taken it away."""


@pytest.fixture
def writer():
    """One process's writer, without its thread."""
    return UsageWriter()


@pytest.fixture
def token():
    return make_token().row


def use(writer, token, at=NOON, times=1):
    with time_machine.travel(at, tick=False):
        for _ in range(times):
            writer.record(token.pk)


def written(token):
    return AccessToken.objects.values_list("use_count", "last_used_at").get(pk=token.pk)


def broken(error):
    def write(uses, minutes):
        raise error

    return write


# What is written


def test_the_calls_of_a_token_are_counted_and_the_last_is_kept(writer, token):
    use(writer, token, NOON, times=3)
    use(writer, token, NOON + MINUTE)
    assert written(token) == (0, None)
    writer.flush()
    assert written(token) == (4, NOON + MINUTE)


def test_the_last_use_of_an_old_secret_is_its_own_and_goes_only_forward(writer, token):
    end = NOON + timedelta(days=1)
    AccessToken.objects.update(superseded_digest=b"x" * 32, superseded_until=end)
    for moment, until in ((NOON, end), (NOON + MINUTE, None), (NOON - MINUTE, end)):
        with time_machine.travel(moment, tick=False):
            writer.record(token.pk, superseded_until=until)
        writer.flush()
    row = AccessToken.objects.get()
    assert (row.superseded_use_count, row.superseded_last_used_at) == (2, NOON)
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


# A database that is away


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, DatabaseError])
def test_a_database_that_is_away_keeps_the_counts(writer, token, monkeypatch, error):
    use(writer, token, NOON + MINUTE, times=2)
    with monkeypatch.context() as away:
        away.setattr(sql, "write", broken(error("gone")))
        with pytest.raises(error):
            writer.flush()
    use(writer, token, NOON + 2 * MINUTE)
    writer.flush()
    assert written(token) == (3, NOON + 2 * MINUTE)


def test_what_was_written_before_it_went_away_is_not_written_twice(writer, monkeypatch):
    monkeypatch.setattr(usage_module, "BATCH", 1)
    tokens = [make_token(is_sealed=False).row for _ in range(3)]
    for token in tokens:
        use(writer, token)
        with time_machine.travel(NOON, tick=False):
            rate_limits.admit(token.pk, limit=10, written_minute=0, written_calls=0)
    real, calls = sql.write, []

    def write_once_then_fail(uses, minutes):
        calls.append(uses)
        if len(calls) == 2:
            raise OperationalError("gone")
        real(uses, minutes)

    monkeypatch.setattr(sql, "write", write_once_then_fail)
    with pytest.raises(OperationalError):
        writer.flush()
    writer.flush()
    assert [written(token) for token in tokens] == [(1, NOON)] * 3
    assert {row.minute_calls for row in AccessToken.objects.all()} == {1}
    with rate_limits.tokens.writing() as left:
        assert left.counts == {}


def test_what_the_database_never_takes_keeps_back_no_other(writer, monkeypatch):
    monkeypatch.setattr(usage_module, "BATCH", 5)
    tokens = [make_token(is_sealed=False).row for _ in range(7)]
    for token in tokens:
        use(writer, token)
    bad, real = tokens[3], sql.write

    def write(uses, minutes):
        if bad.pk in uses:
            raise DataError("too long")
        real(uses, minutes)

    monkeypatch.setattr(sql, "write", write)
    with structlog.testing.capture_logs() as logs:
        writer.flush()
    assert [written(token)[0] for token in tokens] == [1, 1, 1, 0, 1, 1, 1]
    assert [line["token"] for line in logs] == [bad.pk]
    assert not writer._uses


@pytest.mark.parametrize("address", ["fe80::1%" + "a" * 60, "fe80::1%eth0"])
def test_an_address_is_kept_without_its_zone(writer, token, address):
    writer.record(token.pk, address=address)
    writer.flush()
    assert AccessToken.objects.get().last_address == "fe80::1"


def test_a_call_is_answered_while_usage_can_not_be_written(api, monkeypatch):
    monkeypatch.setattr(sql, "write", broken(OperationalError("gone")))
    token = make_token()
    assert api.get("/api/v1/me", token).status_code == 200
    with pytest.raises(OperationalError):
        usage_module.usage.flush()
    assert api.get("/api/v1/me", token).status_code == 200


# The thread


def test_the_thread_says_when_it_could_not_write_and_goes_on(writer, token, monkeypatch):
    monkeypatch.setattr(usage_module, "close_old_connections", lambda: None)
    monkeypatch.setattr(usage_module, "connection", type("Connection", (), {"close": lambda self: None})())
    monkeypatch.setattr(sql, "write", broken(OperationalError("gone")))
    use(writer, token)
    with structlog.testing.capture_logs() as logs:
        writer._flush_or_log()
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("usage could not be written and is kept", "warning")
    ]
    assert list(writer._uses) == [token.pk]


def test_it_writes_at_its_interval_and_at_once_when_full(writer, monkeypatch):
    waits, flushes = [], []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            raise Stop

    monkeypatch.setattr(writer._wake, "wait", wait)
    monkeypatch.setattr(writer, "_flush_or_log", lambda: flushes.append(True))
    with pytest.raises(Stop):
        writer._run()
    assert (waits, len(flushes)) == ([usage_module.INTERVAL] * 3, 2)
    monkeypatch.setattr(usage_module, "FULL", 2)
    monkeypatch.setattr(usage_module, "CALLS", 1)
    writer.record(1)
    writer.record(1)
    assert not writer._wake.is_set()
    writer.record(2)
    assert writer._wake.is_set()


def test_each_process_starts_one_thread_and_writes_once_more_at_its_end(monkeypatch):
    threads: list[dict[str, object]] = []
    at_exit: list[object] = []

    class Thread:
        def __init__(self, **kwargs):
            threads.append(kwargs)

        def start(self):
            threads[-1]["started"] = True

    monkeypatch.setattr("threading.Thread", Thread)
    monkeypatch.setattr("atexit.register", at_exit.append)
    monkeypatch.setattr(UsageWriter, "watch", WATCH)
    writer = UsageWriter()
    writer.record(1)
    writer.record(1)
    assert [(thread["daemon"], thread["started"]) for thread in threads] == [(True, True)]
    assert at_exit == [writer._flush_or_log]
    writer.begin()
    writer.record(1)
    assert len(threads) == 2


FORKED = """
import os, sys, django
django.setup()
from access_tokens.usage import usage
usage.record(1)
pid = os.fork()
if pid == 0:
    usage.refuse(1, None)
    os._exit(len(usage._calls) + 2 * len(usage._refusals) + 4 * usage._is_watched)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(code, len(usage._calls))
os._exit(0)
"""


def test_a_forked_process_counts_for_itself_alone_and_has_a_thread_of_its_own():
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["6", "1"]


# From where, by hour, and under the newest pepper


def hours(token):
    return dict(TokenHour.objects.filter(token=token).values_list("hour", "calls"))


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
    assert TokenHour.objects.count() == 1


def test_the_last_call_tells_from_where(writer, token):
    def came(at, **whence):
        with time_machine.travel(at, tick=False):
            writer.record(token.pk, **whence)

    came(NOON, address="203.0.113.7", agent="curl/8.14.1")
    came(NOON + MINUTE, address="2001:db8::1", agent="python-requests/2.34 (x)")
    writer.flush()
    row = AccessToken.objects.get()
    assert (row.last_address, row.last_client) == ("2001:db8::1", "python-requests")
    other = UsageWriter()
    use(other, token, NOON)
    other.flush()
    row.refresh_from_db()
    assert (row.last_address, row.last_client) == ("2001:db8::1", "python-requests")


def test_an_address_that_is_none_is_not_kept(writer, token):
    writer.record(token.pk, address="unix:", agent="curl")
    writer.flush()
    assert AccessToken.objects.get().last_address == ""


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


def test_of_those_who_write_at_once_one_writes_after_the_other(monkeypatch):
    """A process that ends writes while its thread may be writing: what both had counted would count twice."""
    within, most = [], []

    class Slow:
        def share(self):
            within.append(1)
            most.append(len(within))
            time.sleep(0.02)
            within.pop()

    monkeypatch.setattr(rate_limits, "failure_limit", Slow())
    writer = UsageWriter()
    threads = [threading.Thread(target=writer.flush) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
