"""Contenders measured against each other: A B C … A B C …, so that whatever else the machine does hits all alike."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.contenders import Contender
from tests.benchmarks.databases import Database
from tests.benchmarks.environment import environment_of
from tests.benchmarks.figures import Measured
from tests.benchmarks.worker import Slice, work

PATIENCE = 60.0
"""Seconds in which a process must be ready, or answer after its slice is over."""
LAST_WORDS = 2000


class Failed(Exception):
    """A contender did not start, answered wrongly or hangs. The words are its own last ones."""


class Entry(NamedTuple):
    """A contender on a database."""

    contender: Contender
    database: Database


@dataclass(frozen=True)
class Pace:
    """How long to measure: so many rounds, in each of which each contender calls for so many seconds."""

    rounds: int
    seconds: float
    seed: int


def measure(
    entries: Mapping[str, Entry], pace: Pace, scratch: Path, advance: Callable[[], None]
) -> dict[str, Measured]:
    """Each entry in a process of its own, in turns, after a first round that does not count (`advance`: one turn).

    Raises: Failed.
    """
    slices: dict[str, list[Slice]] = {name: [] for name in entries}
    with ExitStack() as stack:
        workers = {name: stack.enter_context(running(entry, pace.seed, scratch)) for name, entry in entries.items()}
        for worker in workers.values():
            worker.wait_until_ready()
        for _ in range(1 + pace.rounds):
            for name, worker in workers.items():
                slices[name].append(worker.slice(pace.seconds))
                advance()
    return {name: Measured.of_slices(entries[name].contender.title, made[1:]) for name, made in slices.items()}


class Worker:
    """A contender's process, seen from ours."""

    def __init__(self, entry: Entry, seed: int, scratch: Path) -> None:
        self.contender, self.database = entry
        self.log = scratch / f"{self.database.system}-{self.database.size}-{self.contender.name}.log"
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        environment = environment_of(self.contender.project, self.database, scratch)
        arguments = (self.contender, self.database, environment, seed, self.log, theirs)
        self.process = context.Process(target=work, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        self._answer(0)

    def slice(self, seconds: float) -> Slice:
        self.pipe.send(seconds)
        made: Slice = self._answer(seconds)
        return made

    def end(self) -> None:
        self.pipe.close()
        self.process.join(PATIENCE)
        self.process.kill()

    def _answer(self, seconds: float) -> Any:
        try:
            if self.pipe.poll(PATIENCE + seconds):
                return self.pipe.recv()
        except EOFError:
            self.process.join(PATIENCE)
        words = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        raise Failed(f"{self.contender.title} does not answer.\n{words[-LAST_WORDS:]}")


@contextmanager
def running(entry: Entry, seed: int, scratch: Path) -> Iterator[Worker]:
    worker = Worker(entry, seed, scratch)
    try:
        yield worker
    finally:
        worker.end()
