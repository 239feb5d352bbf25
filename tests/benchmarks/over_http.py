"""Requests per second over HTTP: granian as `manage.py serve` starts it, and wrk on the same cores."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks.contenders import ME, Contender
from tests.benchmarks.databases import LATCHKEY, Database
from tests.benchmarks.environment import build_environment
from tests.benchmarks.in_process import MAX_LOG_CHARACTERS, TIMEOUT_SECONDS, ContenderFailed, Schedule
from tests.benchmarks.measurements import Measurement
from tests.benchmarks.wsgi_client import HOST
from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("wrk.lua")
CONNECTIONS = 32
WARM_UP_SECONDS = 1
MICROSECONDS_PER_SECOND = 1_000_000
LATCHKEY_APPLICATION = "tests.benchmarks.latchkey_wsgi:application"
OTHER_APPLICATION = "tests.benchmarks.projects.wsgi:application"
PAUSE_SECONDS = 0.4
"""After a turn of Latchkey, for it to write the rest of its usage counts."""


class Entry(NamedTuple):
    """A contender on a database, served by a number of worker processes."""

    contender: Contender
    database: Database
    workers: int

    @property
    def title(self) -> str:
        return f"{self.contender.title}, {self.workers} worker{'s' if self.workers > 1 else ''}"


@dataclass(frozen=True)
class Load:
    """What wrk measured in one turn. Latencies in microseconds."""

    requests_per_second: float
    requests: int
    median: float
    p99: float


def measure(
    entries: Mapping[str, Entry], schedule: Schedule, scratch: Path, advance: Callable[[], None]
) -> dict[str, Measurement]:
    """Measure the entries in turns, after a warm-up round, each with its own server. Call `advance` after each turn.

    Raises: ContenderFailed, if a server does not start or a response is an error.
    """
    loads: dict[str, list[Load]] = {name: [] for name in entries}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(running_server(name, entry, scratch)) for name, entry in entries.items()}
        for server in servers.values():
            server.wait_until_ready()
        for number in range(1 + schedule.rounds):
            for name, entry in entries.items():
                seconds = int(schedule.seconds) if number else WARM_UP_SECONDS
                load = run_wrk(entry, servers[name].port, seconds, schedule.seed + number)
                if number and not load.requests:
                    raise ContenderFailed(f"{entry.title} sent no response within {seconds} seconds.")
                loads[name].append(load)
                time.sleep(PAUSE_SECONDS if entry.contender.project == LATCHKEY else 0)
                advance()
    return {name: _summarize(entries[name], measured[1:]) for name, measured in loads.items()}


def _summarize(entry: Entry, loads: list[Load]) -> Measurement:
    return Measurement(
        title=entry.title,
        rounds=tuple(load.requests_per_second for load in loads),
        median=median(load.median for load in loads),
        p99=median(load.p99 for load in loads),
        requests=sum(load.requests for load in loads),
    )


class Server:
    """A granian process that serves an entry's application."""

    def __init__(self, name: str, entry: Entry, scratch: Path, environment: dict[str, str] | None = None) -> None:
        self.port = free_port()
        project = entry.contender.project
        application = LATCHKEY_APPLICATION if project == LATCHKEY else OTHER_APPLICATION
        command = [sys.executable, "-m", "tests.benchmarks.serve", application, str(self.port), str(entry.workers)]
        environment = environment or build_environment(project, entry.database, scratch)
        self.log = scratch / f"{entry.database.system}-{name}-http.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)

    def wait_until_ready(self) -> None:
        """Wait for a response of any status, because the port is open long before a worker is ready.

        Raises: ContenderFailed.
        """
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
            try:
                connection.request("GET", ME, headers={"Host": HOST})
                connection.getresponse()
            except (OSError, HTTPException):
                time.sleep(0.05)
            else:
                return
            finally:
                connection.close()
        raise ContenderFailed(f"A server does not start.\n{self.log.read_text(errors='replace')[-MAX_LOG_CHARACTERS:]}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_server(
    name: str, entry: Entry, scratch: Path, environment: dict[str, str] | None = None
) -> Iterator[Server]:
    """Yield a started server. `environment` replaces the environment of the entry's project."""
    server = Server(name, entry, scratch, environment)
    try:
        yield server
    finally:
        server.stop()


def run_wrk(entry: Entry, port: int, seconds: int, seed: int) -> Load:
    """Send as many requests as possible in `seconds`, each with another token.

    Raises: ContenderFailed, if a response is an error.
    """
    contender = entry.contender
    target = f"{contender.path}?{contender.query}" if contender.query else contender.path
    requests = entry.database.folder / f"{contender.requests}.tsv"
    wrk = shutil.which("wrk")
    assert wrk is not None, "wrk is not installed."
    command = [
        wrk,
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        f"--timeout={TIMEOUT_SECONDS:.0f}s",
        "-s",
        str(SCRIPT),
        f"http://127.0.0.1:{port}/",
        "--",
        str(requests),
        target,
        HOST,
        str(seed),
    ]
    wrk_run = subprocess.run(command, capture_output=True, text=True, check=False)
    if wrk_run.returncode != 0:
        raise ContenderFailed(f"wrk failed.\n{wrk_run.stdout}{wrk_run.stderr}")
    summary = json.loads(wrk_run.stdout.splitlines()[-1])
    if summary["error_responses"] or summary["connection_errors"]:
        raise ContenderFailed(f"{contender.title} responded with errors over HTTP: {summary}")
    rate = summary["requests"] / summary["microseconds"] * MICROSECONDS_PER_SECOND
    return Load(rate, summary["requests"], summary["median"], summary["p99"])
