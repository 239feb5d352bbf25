"""Requests a second over HTTP: granian as `manage.py serve` starts it, and wrk on the same cores."""

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
from tests.benchmarks.environment import environment_of
from tests.benchmarks.figures import Measured
from tests.benchmarks.in_process import LAST_WORDS, PATIENCE, Failed, Pace
from tests.benchmarks.worker import HOST
from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("wrk.lua")
CONNECTIONS = 32
WARM_UP_SECONDS = 1
MICROSECONDS = 1_000_000
APPLICATIONS = {LATCHKEY: "tests.benchmarks.latchkey_wsgi:application"}
OTHER_APPLICATION = "tests.benchmarks.projects.wsgi:application"
PAUSE = 0.4
"""Seconds after a turn of Latchkey, in which it writes the rest of the uses that it has counted."""


class Entry(NamedTuple):
    """A contender on a database, served by so many processes."""

    contender: Contender
    database: Database
    workers: int


@dataclass(frozen=True)
class Load:
    """What wrk saw of one server in one round. Latencies in microseconds."""

    requests_a_second: float
    requests: int
    median: float
    p99: float


def measure(
    entries: Mapping[str, Entry], pace: Pace, scratch: Path, advance: Callable[[], None]
) -> dict[str, Measured]:
    """Each entry behind a server of its own, in turns, after a first round that does not count (`advance`: one turn).

    Raises: Failed, if a server does not start, or an answer is an error.
    """
    loads: dict[str, list[Load]] = {name: [] for name in entries}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(served(name, entry, scratch)) for name, entry in entries.items()}
        for server in servers.values():
            server.wait_until_ready()
        for number in range(1 + pace.rounds):
            for name, entry in entries.items():
                seconds = int(pace.seconds) if number else WARM_UP_SECONDS
                load = press(entry, servers[name].port, seconds, pace.seed + number)
                if number and not load.requests:
                    raise Failed(f"{entry.contender.title} answered nothing over HTTP in {seconds} s.")
                loads[name].append(load)
                time.sleep(PAUSE if entry.contender.project == LATCHKEY else 0)
                advance()
    return {name: _measured(entries[name], made[1:]) for name, made in loads.items()}


def _measured(entry: Entry, loads: list[Load]) -> Measured:
    return Measured(
        title=f"{entry.contender.title}, {entry.workers} worker{'s' if entry.workers > 1 else ''}",
        rounds=tuple(load.requests_a_second for load in loads),
        median=median(load.median for load in loads),
        p99=median(load.p99 for load in loads),
        calls=sum(load.requests for load in loads),
    )


class Server:
    """Granian in a process of its own, with an entry's application."""

    def __init__(self, name: str, entry: Entry, scratch: Path, environment: dict[str, str] | None = None) -> None:
        self.port = free_port()
        application = APPLICATIONS.get(entry.contender.project, OTHER_APPLICATION)
        command = [sys.executable, "-m", "tests.benchmarks.serve", application, str(self.port), str(entry.workers)]
        environment = environment or environment_of(entry.contender.project, entry.database, scratch)
        self.log = scratch / f"{entry.database.system}-{name}-http.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)

    def wait_until_ready(self) -> None:
        """Until a worker answers, be it with a refusal: the port is open long before.

        Raises: Failed, with its last words.
        """
        give_up = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < give_up:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                connection.request("GET", ME, headers={"Host": HOST})
                connection.getresponse()
            except (OSError, HTTPException):
                time.sleep(0.05)
            else:
                return
            finally:
                connection.close()
        raise Failed(f"A server does not start.\n{self.log.read_text(errors='replace')[-LAST_WORDS:]}")

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def served(name: str, entry: Entry, scratch: Path, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """environment: in place of what the entry's project has."""
    server = Server(name, entry, scratch, environment)
    try:
        yield server
    finally:
        server.end()


def press(entry: Entry, port: int, seconds: int, seed: int) -> Load:
    """As many requests as get through in `seconds`, each with another token.

    Raises: Failed, if one was not answered with success.
    """
    contender = entry.contender
    target = f"{contender.path}?{contender.query}" if contender.query else contender.path
    file = entry.database.folder / f"{contender.calls}.tsv"
    wrk = shutil.which("wrk")
    assert wrk is not None, "wrk is not installed."
    command = [
        wrk,
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        f"--timeout={PATIENCE:.0f}s",
        "-s",
        str(SCRIPT),
        f"http://127.0.0.1:{port}/",
    ]
    done = subprocess.run(
        [*command, "--", str(file), target, HOST, str(seed)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Failed(f"wrk failed.\n{done.stdout}{done.stderr}")
    told = json.loads(done.stdout.splitlines()[-1])
    if told["refused"] or told["broken"]:
        raise Failed(f"{contender.title} answered with errors over HTTP: {told}")
    rate = told["requests"] / told["microseconds"] * MICROSECONDS
    return Load(rate, told["requests"], told["median"], told["p99"])
