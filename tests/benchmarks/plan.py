"""What a run measures, and the code that runs it part by part."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.progress import Progress

from tests.benchmarks import in_process, over_http, pages
from tests.benchmarks.contenders import BARE_VIEW, LATCHKEY_ME, OVER_HTTP, REJECTIONS, TOKEN_CHECKS, Contender
from tests.benchmarks.databases import (
    LATCHKEY,
    PAGE,
    PEERS,
    POSTGRESQL,
    Database,
    fill_databases,
    pin_server,
    read_into_memory,
    temporary_databases,
)
from tests.benchmarks.endpoints import ENDPOINT_CONTENDERS
from tests.benchmarks.environment import build_environment
from tests.benchmarks.in_process import Schedule
from tests.benchmarks.targets import ENDPOINTS, HTTP, PAGES, PROCESS, REJECTED, SIZE, Part, http_name
from tests.benchmarks.worker import contender_core

CONTENDERS = {PROCESS: TOKEN_CHECKS, REJECTED: REJECTIONS, HTTP: OVER_HTTP, ENDPOINTS: ENDPOINT_CONTENDERS}


@dataclass(frozen=True)
class Plan:
    """What to measure, and for how long.

    parts: pairs of a part's name and a database system.
    http: the schedule over HTTP, in whole seconds.
    sizes: the numbers of tokens that the part `SIZE` compares.
    names: the contenders to measure, or the pages to visit; empty for all.
    on_one_core: in process, PostgreSQL runs on the contenders' core instead of the others.
    """

    parts: tuple[tuple[str, str], ...]
    tokens: int
    schedule: Schedule
    http: Schedule
    sizes: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    workers: tuple[int, ...] = (1, 2)
    on_one_core: bool = False

    def contenders_of(self, part: str) -> list[tuple[Contender, int]]:
        """Return a part's contenders, each with its number of tokens. The bare view is always one of them."""
        if part == PAGES:
            return []
        if part == SIZE:
            sized = (replace(LATCHKEY_ME, title=f"Latchkey: me, {size:,} tokens") for size in self.sizes)
            return list(zip(sized, self.sizes, strict=True))
        names = {*self.names, BARE_VIEW.name}
        return [(each, self.tokens) for each in CONTENDERS[part] if not self.names or each.name in names]

    @property
    def needs_peers(self) -> bool:
        """Does it need the packages of the dependency group `benchmark`?"""
        return any(each.dataset == PEERS for part, _ in self.parts for each, _ in self.contenders_of(part))

    @property
    def needs_postgresql(self) -> bool:
        return any(system == POSTGRESQL for _, system in self.parts)

    def server_cores(self, part: str) -> set[int]:
        """Return the cores for PostgreSQL. Over HTTP, everything shares all cores."""
        every, own = os.sched_getaffinity(0), {contender_core()}
        if part == HTTP:
            return every
        return own if self.on_one_core else every - own or own

    def count_turns(self) -> int:
        """Count the turns of all contenders, warm-up rounds included. Pages count as one turn per part."""
        http = (1 + self.http.rounds) * len(self.workers)
        pages = sum(part == PAGES for part, _ in self.parts)
        return pages + sum(
            len(self.contenders_of(part)) * (http if part == HTTP else 1 + self.schedule.rounds)
            for part, _ in self.parts
        )


def run_plan(plan: Plan, scratch: Path, progress: Progress, server: str | None) -> Iterator[Part]:
    """Create the databases, then measure one part after the other.

    scratch: an empty folder. server: the URL of a PostgreSQL server; None if the plan needs none.

    Raises: ContenderFailed.
    """
    wanted = _list_databases(plan, scratch)
    with temporary_databases(wanted.values(), server) as created:
        fill_databases(
            [(each, build_environment(_project_of(each), each, scratch)) for each in created],
            plan.schedule.seed,
            progress,
        )
        databases = dict(zip(wanted, created, strict=True))
        task = progress.add_task("Measuring", total=plan.count_turns())
        for part, system in plan.parts:
            if system == POSTGRESQL and server is not None:
                pin_server(server, plan.server_cores(part))
            progress.update(task, description=f"Measuring {part}, {system}")
            advance = partial(progress.advance, task)
            if part == PAGES:
                database = databases[system, PAGE, plan.tokens]
                yield Part(part, system, pages.measure(database, plan.schedule.rounds, scratch, plan.names))
                advance()
            else:
                entries = [(each, databases[system, each.dataset, size]) for each, size in plan.contenders_of(part)]
                yield _measure(plan, part, system, entries, scratch, advance)


def _list_databases(plan: Plan, scratch: Path) -> dict[tuple[str, str, int], Database]:
    """Return the databases of all parts by system, dataset and size."""
    keys = [(system, each.dataset, size) for part, system in plan.parts for each, size in plan.contenders_of(part)] + [
        (system, PAGE, plan.tokens) for part, system in plan.parts if part == PAGES
    ]
    return {key: Database(*key, scratch / "-".join(map(str, key))) for key in keys}


def _project_of(database: Database) -> str:
    return LATCHKEY if database.dataset == PAGE else database.dataset


def _measure(
    plan: Plan,
    part: str,
    system: str,
    contenders: list[tuple[Contender, Database]],
    scratch: Path,
    advance: Callable[[], None],
) -> Part:
    for database in {database for _, database in contenders}:
        read_into_memory(database)
    if part == HTTP:
        http_entries = {
            http_name(contender.name, workers): over_http.Entry(contender, database, workers)
            for workers in plan.workers
            for contender, database in contenders
        }
        return Part(part, system, over_http.measure(http_entries, plan.http, scratch, advance))
    entries = {
        str(database.size) if part == SIZE else contender.name: in_process.Entry(contender, database)
        for contender, database in contenders
    }
    return Part(part, system, in_process.measure(entries, plan.schedule, scratch, advance))
