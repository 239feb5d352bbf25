"""Measures contenders in process. They take turns (A B C … A B C …), so that other load on the machine hits all alike.

A project has one process for all its contenders. All processes run on the same core.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.contenders import Contender
from tests.benchmarks.databases import Database
from tests.benchmarks.environment import build_environment
from tests.benchmarks.measurements import Measurement
from tests.benchmarks.turns import Turn
from tests.benchmarks.worker import run_worker

TIMEOUT_SECONDS = 60.0
"""For a process to get ready, and to respond after its turn is over."""
MAX_LOG_CHARACTERS = 2000
"""Of a failed process's log, in the error message."""


class ContenderFailed(Exception):
    """A contender did not start, did not respond or responded with the wrong status. Contains the end of its log."""


class Entry(NamedTuple):
    """A contender on a database."""

    contender: Contender
    database: Database

    @property
    def process(self) -> tuple[Database, str, bool]:
        """Return what the entries of one process have in common."""
        return self.database, self.contender.project, self.contender.counts_usage


@dataclass(frozen=True)
class Schedule:
    """The number of rounds, the length of each contender's turn in a round, and the seed of the random choices.

    cpu_time: measure the CPU time of the contender's thread instead of the elapsed time. In process only.
    """

    rounds: int
    seconds: float
    seed: int
    cpu_time: bool = False


def measure(
    entries: Mapping[str, Entry], schedule: Schedule, scratch: Path, advance: Callable[[], None]
) -> dict[str, Measurement]:
    """Measure the entries in turns, after a warm-up round. Call `advance` after each turn.

    Raises: ContenderFailed.
    """
    turns: dict[str, list[Turn]] = {name: [] for name in entries}
    with ExitStack() as stack:
        workers = {
            process: stack.enter_context(running_worker(members, schedule.seed, scratch))
            for process, members in _group_by_process(entries.values()).items()
        }
        for worker in workers.values():
            worker.wait_until_ready()
        for _ in range(1 + schedule.rounds):
            for name, entry in entries.items():
                turns[name].append(workers[entry.process].take_turn(entry.contender, schedule))
                advance()
    return {name: Measurement.from_turns(entries[name].contender.title, taken[1:]) for name, taken in turns.items()}


def _group_by_process(entries: Iterable[Entry]) -> dict[tuple[Database, str, bool], list[Entry]]:
    grouped: dict[tuple[Database, str, bool], list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.process, []).append(entry)
    return grouped


class Worker:
    """Controls the process of a project and its contenders."""

    def __init__(self, entries: list[Entry], seed: int, scratch: Path) -> None:
        contender, database = entries[0]
        self.title = contender.title
        self.log = scratch / f"{database.system}-{database.size}-{contender.name}.log"
        context = get_context("spawn")
        self.pipe, worker_pipe = context.Pipe()
        environment = build_environment(contender.project, database, scratch)
        contenders = [entry.contender for entry in entries]
        arguments = (contenders, database, environment, seed, self.log, worker_pipe)
        self.process = context.Process(target=run_worker, args=arguments, daemon=True)
        self.process.start()
        worker_pipe.close()

    def wait_until_ready(self) -> None:
        """Raises: ContenderFailed."""
        self._receive(0)

    def take_turn(self, contender: Contender, schedule: Schedule) -> Turn:
        """Raises: ContenderFailed."""
        self.title = contender.title
        self.pipe.send((contender.name, schedule.seconds, schedule.cpu_time))
        turn: Turn = self._receive(schedule.seconds)
        return turn

    def stop(self) -> None:
        self.pipe.close()
        self.process.join(TIMEOUT_SECONDS)
        self.process.kill()

    def _receive(self, seconds: float) -> Any:
        try:
            if self.pipe.poll(TIMEOUT_SECONDS + seconds):
                return self.pipe.recv()
        except EOFError:
            self.process.join(TIMEOUT_SECONDS)
        log = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        raise ContenderFailed(f"{self.title} does not respond.\n{log[-MAX_LOG_CHARACTERS:]}")


@contextmanager
def running_worker(entries: list[Entry], seed: int, scratch: Path) -> Iterator[Worker]:
    worker = Worker(entries, seed, scratch)
    try:
        yield worker
    finally:
        worker.stop()
