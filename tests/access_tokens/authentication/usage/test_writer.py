"""The usage writer: its buffers, its thread, and a database that does not answer."""

import subprocess
import sys
import threading
import time

import pytest
import structlog
import time_machine
from django.db import DatabaseError, DataError, InterfaceError, OperationalError

from access_tokens.authentication import counting
from access_tokens.authentication.counting import count_request
from access_tokens.authentication.usage import UsageWriter, sql, usage
from access_tokens.authentication.usage import writer as writer_module
from access_tokens.models import AccessToken
from tests.access_tokens.authentication.usage.common import MINUTE, NOON, failing_write, stored, use
from tests.factories import make_token

pytestmark = pytest.mark.django_db


class Stop(Exception):
    pass


START_THREAD = UsageWriter.start_thread
"""The real method, which the tests' configuration replaces."""


# Buffers


def test_requests_are_added_up_before_the_buffer_gets_long(writer, token, monkeypatch):
    monkeypatch.setattr(counting, "MAX_BUFFERED_REQUESTS", 3)
    use(writer, token, NOON, times=8)
    assert (len(writer._uses), len(writer._usage_by_token)) == (2, 1)
    writer.flush()
    assert stored(token) == (8, NOON)


def test_no_request_is_lost_while_others_are_added_up(writer):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=lambda: [writer.record(1) for _ in range(20_000)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        writer.add_up()
    sys.setswitchinterval(interval)
    writer.add_up()
    assert writer._usage_by_token[1].requests == 40_000


# A database that does not answer


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, DatabaseError])
def test_counts_are_kept_while_the_database_does_not_answer(writer, token, monkeypatch, error):
    use(writer, token, NOON + MINUTE, times=2)
    with monkeypatch.context() as away:
        away.setattr(sql, "write", failing_write(error("gone")))
        with pytest.raises(error):
            writer.flush()
    use(writer, token, NOON + 2 * MINUTE)
    writer.flush()
    assert stored(token) == (3, NOON + 2 * MINUTE)


def test_batches_that_were_written_before_an_error_are_not_written_again(writer, monkeypatch):
    monkeypatch.setattr(writer_module, "BATCH_SIZE", 1)
    tokens = [make_token(has_encrypted_copy=False).row for _ in range(3)]
    for token in tokens:
        use(writer, token)
        with time_machine.travel(NOON, tick=False):
            count_request(token.pk, limit=10, stored_minute=0, stored_requests=0)
    real, batches = sql.write, []

    def write_once_then_fail(usage_by_token, minutes):
        batches.append(usage_by_token)
        if len(batches) == 2:
            raise OperationalError("gone")
        real(usage_by_token, minutes)

    monkeypatch.setattr(sql, "write", write_once_then_fail)
    with pytest.raises(OperationalError):
        writer.flush()
    writer.flush()
    assert [stored(token) for token in tokens] == [(1, NOON)] * 3
    assert {row.rate_limit_requests for row in AccessToken.objects.all()} == {1}
    with counting.token_counter.flushing() as left:
        assert left.counts == {}


def test_usage_that_the_database_rejects_does_not_block_other_tokens(writer, monkeypatch):
    monkeypatch.setattr(writer_module, "BATCH_SIZE", 5)
    tokens = [make_token(has_encrypted_copy=False).row for _ in range(7)]
    for token in tokens:
        use(writer, token)
    bad, real = tokens[3], sql.write

    def write(usage_by_token, minutes):
        if bad.pk in usage_by_token:
            raise DataError("too long")
        real(usage_by_token, minutes)

    monkeypatch.setattr(sql, "write", write)
    with structlog.testing.capture_logs() as logs:
        writer.flush()
    assert [stored(token)[0] for token in tokens] == [1, 1, 1, 0, 1, 1, 1]
    assert [line["token"] for line in logs] == [bad.pk]
    assert not writer._usage_by_token


def test_requests_succeed_while_usage_can_not_be_written(api, monkeypatch):
    monkeypatch.setattr(sql, "write", failing_write(OperationalError("gone")))
    token = make_token()
    assert api.get("/api/v1/me", token).status_code == 200
    with pytest.raises(OperationalError):
        usage.flush()
    assert api.get("/api/v1/me", token).status_code == 200


# The thread


def test_thread_logs_a_failed_write_and_keeps_the_counts(writer, token, monkeypatch):
    monkeypatch.setattr(writer_module, "close_old_connections", lambda: None)
    monkeypatch.setattr(writer_module, "connection", type("Connection", (), {"close": lambda self: None})())
    monkeypatch.setattr(sql, "write", failing_write(OperationalError("gone")))
    use(writer, token)
    with structlog.testing.capture_logs() as logs:
        writer._flush_or_log()
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("usage could not be written and is kept", "warning")
    ]
    assert list(writer._usage_by_token) == [token.pk]


def test_thread_writes_at_its_interval(writer, monkeypatch):
    waits, flushes = [], []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            raise Stop

    monkeypatch.setattr(writer._wake, "wait", wait)
    monkeypatch.setattr(writer, "_flush_or_log", lambda: flushes.append(True))
    with pytest.raises(Stop):
        writer._run()
    assert (waits, len(flushes)) == ([writer_module.INTERVAL_SECONDS] * 3, 2)


def test_thread_writes_at_once_when_many_tokens_wait(writer, monkeypatch):
    monkeypatch.setattr(writer_module, "MAX_BUFFERED_TOKENS", 2)
    monkeypatch.setattr(counting, "MAX_BUFFERED_REQUESTS", 1)
    writer.record(1)
    writer.record(1)
    assert not writer._wake.is_set()
    writer.record(2)
    assert writer._wake.is_set()


def test_each_process_starts_one_thread_and_writes_a_last_time_when_it_ends(monkeypatch):
    threads: list[dict[str, object]] = []
    at_exit: list[object] = []

    class Thread:
        def __init__(self, **kwargs):
            threads.append(kwargs)

        def start(self):
            threads[-1]["started"] = True

    monkeypatch.setattr("threading.Thread", Thread)
    monkeypatch.setattr("atexit.register", at_exit.append)
    monkeypatch.setattr(UsageWriter, "start_thread", START_THREAD)
    writer = UsageWriter()
    writer.record(1)
    writer.record(1)
    assert [(thread["daemon"], thread["started"]) for thread in threads] == [(True, True)]
    assert at_exit == [writer._flush_or_log]
    writer.reset()
    writer.record(1)
    assert len(threads) == 2


FORKED = """
import os, sys, django
django.setup()
from access_tokens.authentication.usage import usage
usage.record(1)
pid = os.fork()
if pid == 0:
    usage.record_rejection(1, None)
    os._exit(len(usage._uses) + 2 * len(usage._rejections) + 4 * usage._has_thread)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(code, len(usage._uses))
os._exit(0)
"""


def test_forked_process_has_its_own_counts_and_thread():
    forked = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, check=True)
    assert forked.stdout.split() == ["6", "1"]


def test_concurrent_flushes_run_one_after_the_other(monkeypatch):
    """A process that ends flushes while its thread could be flushing too. Both would write the same counts."""
    running, most = [], []

    class Slow:
        def flush(self):
            running.append(1)
            most.append(len(running))
            time.sleep(0.02)
            running.pop()

    monkeypatch.setattr(writer_module, "failed_attempts", Slow())
    writer = UsageWriter()
    threads = [threading.Thread(target=writer.flush) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
