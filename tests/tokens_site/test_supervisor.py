"""The supervisor of the background worker."""

import os
import signal
import sys
import time

import pytest

from tokens_site.supervisor import SupervisedProcess

pytestmark = pytest.mark.same_on_each_database
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
IGNORE_SIGTERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def wait_until(condition, seconds=600):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "The condition did not become true."
        time.sleep(0.02)


def process_of(supervised):
    wait_until(lambda: supervised.process)
    assert supervised.process
    return supervised.process


def test_a_process_that_dies_is_restarted_until_it_is_stopped(monkeypatch):
    monkeypatch.setattr("tokens_site.supervisor.RESTART_DELAYS_SECONDS", (0.0,))
    supervised = SupervisedProcess(SLEEP)
    supervised.start()
    first = process_of(supervised)
    first.send_signal(signal.SIGKILL)
    wait_until(lambda: supervised.process is not first)
    second = process_of(supervised)
    assert os.getpgid(second.pid) != os.getpgid(0), "Ctrl-C must not reach it."
    supervised.stop()
    assert second.poll() is not None
    assert supervised.process is second


def test_a_process_that_ignores_sigterm_is_killed(monkeypatch):
    monkeypatch.setattr("tokens_site.supervisor.STOP_TIMEOUT_SECONDS", 0.2)
    supervised = SupervisedProcess([sys.executable, "-c", IGNORE_SIGTERM])
    supervised.start()
    process = process_of(supervised)
    time.sleep(0.5)
    supervised.stop()
    assert process.poll() == -signal.SIGKILL
