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
        grouped: dict[tuple[Database, str, bool], list[Contender]] = {}
        for contender, database in entries.values():
            grouped.setdefault(_process_of(contender, database), []).append(contender)
        workers = {
            process: stack.enter_context(running(process[0], contenders, pace.seed, scratch))
            for process, contenders in grouped.items()
        }
        for worker in workers.values():
            worker.wait_until_ready()
        for _ in range(1 + pace.rounds):
            for name, (contender, database) in entries.items():
                slices[name].append(workers[_process_of(contender, database)].slice(contender, pace.seconds))
                advance()
    return {name: Measured.of_slices(entries[name].contender.title, made[1:]) for name, made in slices.items()}


def _process_of(contender: Contender, database: Database) -> tuple[Database, str, bool]:
    """Return what contenders of one process have in common."""
    return database, contender.project, contender.is_counted


class Worker:
    """The process of a project and its contenders, seen from ours."""

    def __init__(self, database: Database, contenders: list[Contender], seed: int, scratch: Path) -> None:
        first = contenders[0]
        self.title = first.title
        self.log = scratch / f"{database.system}-{database.size}-{first.name}.log"
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        environment = environment_of(first.project, database, scratch)
        arguments = (contenders, database, environment, seed, self.log, theirs)
        self.process = context.Process(target=work, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        self._answer(0)

    def slice(self, contender: Contender, seconds: float) -> Slice:
        self.title = contender.title
        self.pipe.send((contender.name, seconds))
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
        raise Failed(f"{self.title} does not answer.\n{words[-LAST_WORDS:]}")


@contextmanager
def running(database: Database, contenders: list[Contender], seed: int, scratch: Path) -> Iterator[Worker]:
    worker = Worker(database, contenders, seed, scratch)
    try:
        yield worker
    finally:
        worker.end()
