"""The writer: its thread, and a database that is away."""

import subprocess
import sys
import threading
import time

import pytest
import structlog
import time_machine
from django.db import DatabaseError, DataError, InterfaceError, OperationalError

from access_tokens.authentication import rate_limits
from access_tokens.authentication.usage import UsageWriter, sql
from access_tokens.authentication.usage import writer as usage_module
from access_tokens.models import AccessToken
from tests.access_tokens.authentication.usage.common import MINUTE, NOON, broken, use, written
from tests.factories import make_token

pytestmark = pytest.mark.django_db


class Stop(Exception):
    pass


WATCH = UsageWriter.watch
"""Before the tests have taken it away."""


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
            rate_limits.admit(token.pk, limit=10, written_minute=0, written_requests=0)
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
    assert {row.rate_limit_requests for row in AccessToken.objects.all()} == {1}
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
from access_tokens.authentication.usage import usage
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
