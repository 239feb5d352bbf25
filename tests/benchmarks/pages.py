"""Measures console pages: time on the server, queries and bytes. One process visits all pages in each round."""

import gc
import os
from array import array
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter_ns

from tests.benchmarks.databases import LATCHKEY, Database
from tests.benchmarks.environment import build_environment
from tests.benchmarks.measurements import Measurement
from tests.benchmarks.turns import Turn

TRANSACTION_STATEMENTS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
"""Not counted as queries."""


def measure(database: Database, rounds: int, scratch: Path, names: Collection[str] = ()) -> dict[str, Measurement]:
    """Measure all visits, or those in `names`, after a warm-up round."""
    environment = build_environment(LATCHKEY, database, scratch)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_visit_pages, environment, rounds, names).result()


def _visit_pages(environment: dict[str, str], rounds: int, names: Collection[str]) -> dict[str, Measurement]:
    """Run in a process of its own, because Django loads its settings once per process."""
    os.environ.clear()
    os.environ.update(environment)
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.ROOT_URLCONF = "tests.benchmarks.stock_admin"
    call_command("collectstatic", verbosity=0, interactive=False)
    from tests.benchmarks.page_visits import list_visits

    visits = [visit for visit in list_visits() if not names or visit.name in names]
    for visit in visits:  # the first visit of a session also updates the member's last activity
        visit.run()
    queries = {visit.name: _count_queries(visit.run) for visit in visits}
    turns: dict[str, list[Turn]] = {visit.name: [] for visit in visits}
    for _ in range(1 + rounds):
        for visit in visits:
            gc.collect()
            before = perf_counter_ns()
            length = visit.run()
            turns[visit.name].append(Turn(array("Q", [perf_counter_ns() - before]), 0, length))
    return {
        name: replace(Measurement.from_turns(name, taken[1:]), queries=queries[name]) for name, taken in turns.items()
    }


def _count_queries(run: Callable[[], int]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        run()
    return sum(not query["sql"].startswith(TRANSACTION_STATEMENTS) for query in queries)
