"""The background worker process that `serve` and `demo` run alongside the web workers."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings

RESTART_DELAYS_SECONDS = (1.0, 5.0, 30.0)
"""Delays before the first, the second and every further restart in a row."""
STABLE_AFTER_SECONDS = 60.0
"""A process that ran this long is stable: the next restart is the first in a row."""
STOP_TIMEOUT_SECONDS = 10.0
"""How long a process has to finish its task before it is killed."""

log = structlog.get_logger("latchkey.worker")


@contextmanager
def supervised_worker() -> Iterator[None]:
    """Run `manage.py worker` until the context ends, and restart it whenever it exits."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", f"--parent={os.getpid()}"]
    worker = SupervisedProcess(command)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


class SupervisedProcess:
    """A child process that is restarted when it exits.

    It has a process group of its own, so that Ctrl-C does not reach it: only `stop` ends it.
    """

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Terminate the process. Kill it if it does not exit within `STOP_TIMEOUT_SECONDS`."""
        with self._lock:
            self._stopping.set()
            if self.process:
                self.process.terminate()
        self._thread.join(STOP_TIMEOUT_SECONDS)
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _keep_running(self) -> None:
        restarts = 0
        while process := self._spawn():
            started = time.monotonic()
            exit_code = process.wait()
            if self._stopping.is_set():
                return
            restarts = 0 if time.monotonic() - started > STABLE_AFTER_SECONDS else restarts
            log.error("worker.exited", exit_code=exit_code)
            self._stopping.wait(RESTART_DELAYS_SECONDS[min(restarts, len(RESTART_DELAYS_SECONDS) - 1)])
            restarts += 1

    def _spawn(self) -> "subprocess.Popen[bytes] | None":
        """Start the process. Return None once `stop` was called."""
        with self._lock:
            if self._stopping.is_set():
                return None
            self.process = subprocess.Popen(self.command, process_group=0)  # noqa: S603 (our own command)
            return self.process
