"""What a run measures, and the running of it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.progress import Progress

from tests.benchmarks import in_process, over_http, pages
from tests.benchmarks.contenders import CEILING, IN_PROCESS, LATCHKEY_ME, OVER_HTTP, REJECTIONS, Contender
from tests.benchmarks.databases import LATCHKEY, PAGE, PEERS, POSTGRESQL, Database, existing, fill_all, place, warm
from tests.benchmarks.endpoints import ENDPOINT_CONTENDERS
from tests.benchmarks.environment import environment_of
from tests.benchmarks.in_process import Pace
from tests.benchmarks.targets import ENDPOINTS, HTTP, PAGES, PROCESS, REFUSED, SIZE, Part, served
from tests.benchmarks.worker import own_core

ENTRANTS = {
    PROCESS: IN_PROCESS,
    REFUSED: REJECTIONS,
    HTTP: OVER_HTTP,
    ENDPOINTS: (CEILING, LATCHKEY_ME, *ENDPOINT_CONTENDERS),
}


@dataclass(frozen=True)
class Plan:
    """What to measure, and for how long.

    parts: each with the database system that it is measured on.
    sizes: the numbers of tokens that the part `SIZE` compares.
    names: who takes part, or which pages are visited; empty: all.
    http: the pace of each server, in whole seconds.
    on_one_core: in process, PostgreSQL's server shares the core of the contenders, in place of having the others.
    """

    parts: tuple[tuple[str, str], ...]
    tokens: int
    pace: Pace
    http: Pace
    sizes: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    workers: tuple[int, ...] = (1, 2)
    on_one_core: bool = False

    def entrants(self, part: str) -> list[tuple[Contender, int]]:
        """Who takes part, each with a number of tokens; nobody where pages are measured.

        The ceiling always does: nothing says much without it."""
        if part == PAGES:
            return []
        if part == SIZE:
            titled = (replace(LATCHKEY_ME, title=f"Latchkey: me, {size:,} tokens") for size in self.sizes)
            return list(zip(titled, self.sizes, strict=True))
        named = {*self.names, CEILING.name}
        return [(each, self.tokens) for each in ENTRANTS[part] if not self.names or each.name in named]

    @property
    def needs_peers(self) -> bool:
        return any(each.kind == PEERS for part, _ in self.parts for each, _ in self.entrants(part))

    def server_cores(self, part: str) -> set[int]:
        """Where PostgreSQL serves. Over HTTP all share all cores."""
        every, own = os.sched_getaffinity(0), {own_core()}
        if part == HTTP:
            return every
        return own if self.on_one_core else every - own or own

    @property
    def needs_postgresql(self) -> bool:
        return any(system == POSTGRESQL for _, system in self.parts)

    @property
    def turns(self) -> int:
        """How often one contender calls for a while."""
        http = (1 + self.http.rounds) * len(self.workers)
        tours = sum(part == PAGES for part, _ in self.parts)
        return tours + sum(
            len(self.entrants(part)) * (http if part == HTTP else 1 + self.pace.rounds) for part, _ in self.parts
        )


def carry_out(plan: Plan, scratch: Path, progress: Progress, server: str | None) -> Iterator[Part]:
    """Make the databases in `scratch` and on `server` (a PostgreSQL's URL), and measure one part after the other.

    Raises: Failed.
    """
    needed = {
        (system, each.kind, size): Database(system, each.kind, size, scratch / f"{system}-{each.kind}-{size}")
        for part, system in plan.parts
        for each, size in plan.entrants(part)
    }
    for part, system in plan.parts:
        if part == PAGES:
            folder = scratch / f"{system}-{PAGE}"
            needed[system, PAGE, plan.tokens] = Database(system, PAGE, plan.tokens, folder)
    with existing(needed.values(), server) as made:
        fill_all([(each, environment_of(_project_of(each), each, scratch)) for each in made], plan.pace.seed, progress)
        databases = dict(zip(needed, made, strict=True))
        task = progress.add_task("Measuring", total=plan.turns)
        for part, system in plan.parts:
            if system == POSTGRESQL and server is not None:
                place(server, plan.server_cores(part))
            progress.update(task, description=f"Measuring {part}, {system}")
            if part == PAGES:
                found = pages.measure(databases[system, PAGE, plan.tokens], plan.pace.rounds, scratch, plan.names)
                progress.advance(task)
                yield Part(part, system, found)
                continue
            entrants = [(each, databases[system, each.kind, size]) for each, size in plan.entrants(part)]
            yield _measure(plan, part, system, entrants, scratch, partial(progress.advance, task))


def _project_of(database: Database) -> str:
    return LATCHKEY if database.kind == PAGE else database.kind


def _measure(
    plan: Plan,
    part: str,
    system: str,
    entrants: list[tuple[Contender, Database]],
    scratch: Path,
    advance: Callable[[], None],
) -> Part:
    for database in {database for _, database in entrants}:
        warm(database)
    if part == HTTP:
        served_by = {
            served(each.name, workers): over_http.Entry(each, database, workers)
            for workers in plan.workers
            for each, database in entrants
        }
        return Part(part, system, over_http.measure(served_by, plan.http, scratch, advance))
    entries = {
        str(database.size) if part == SIZE else each.name: in_process.Entry(each, database)
        for each, database in entrants
    }
    return Part(part, system, in_process.measure(entries, plan.pace, scratch, advance))
