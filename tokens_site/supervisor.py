"""The worker process that `serve` and `demo` keep beside the web workers."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings

PAUSES = (1.0, 5.0, 30.0)
"""Seconds until a worker that ended by itself is started again: the first time, the second, and from then on."""
STEADY_AFTER = 60.0
"""Seconds after which one counts as well started."""
PATIENCE = 10.0
"""Seconds that it has to end what it is at."""

log = structlog.get_logger("latchkey.worker")


@contextmanager
def supervised_worker() -> Iterator[None]:
    """Within, a `manage.py worker` runs; one that dies is followed by another. It ends with this process, however."""
    companion = SupervisedProcess(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", f"--beside={os.getpid()}"]
    )
    companion.start()
    try:
        yield
    finally:
        companion.stop()


class SupervisedProcess:
    """A process that is kept running. In a group of its own, so that Ctrl-C reaches it by `stop` alone."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End it: it may finish what it is at, for a while."""
        with self._lock:
            self._stopping.set()
            if self.process:
                self.process.terminate()
        self._thread.join(PATIENCE)
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _keep(self) -> None:
        failures = 0
        while process := self._begin():
            began = time.monotonic()
            code = process.wait()
            if self._stopping.is_set():
                return
            failures = 0 if time.monotonic() - began > STEADY_AFTER else failures
            log.error("worker.ended", code=code)
            self._stopping.wait(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    def _begin(self) -> "subprocess.Popen[bytes] | None":
        """Start it; None, if the end has come."""
        with self._lock:
            if self._stopping.is_set():
                return None
            self.process = subprocess.Popen(self.command, process_group=0)  # noqa: S603 (ourselves)
            return self.process
