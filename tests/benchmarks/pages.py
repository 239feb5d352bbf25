"""Pages at size: the server's own time for each, in one process, each in its turn; their queries and bytes."""

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
from tests.benchmarks.environment import environment_of
from tests.benchmarks.figures import Measured
from tests.benchmarks.worker import Slice

TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
"""What begins and ends a transaction asks for nothing: it is no query."""


def measure(database: Database, rounds: int, scratch: Path, names: Collection[str] = ()) -> dict[str, Measured]:
    """Each visit, or those with these names alone, in each of so many rounds, after a first one that does not count."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(tour, environment_of(LATCHKEY, database, scratch), rounds, names).result()


def tour(environment: dict[str, str], rounds: int, names: Collection[str]) -> dict[str, Measured]:
    """In a process of its own, since settings are loaded once."""
    os.environ.clear()
    os.environ.update(environment)
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.ROOT_URLCONF = "tests.benchmarks.stock_admin"
    call_command("collectstatic", verbosity=0, interactive=False)
    from tests.benchmarks.page_visits import visits

    made = [visit for visit in visits() if not names or visit.name in names]
    for visit in made:  # the first visit in a while is noted
        visit.go()
    queries = {visit.name: _queries(visit.go) for visit in made}
    slices: dict[str, list[Slice]] = {visit.name: [] for visit in made}
    for _ in range(1 + rounds):
        for visit in made:
            gc.collect()
            before = perf_counter_ns()
            length = visit.go()
            slices[visit.name].append(Slice(array("Q", [perf_counter_ns() - before]), 0, length))
    return {name: replace(Measured.of_slices(name, each[1:]), queries=queries[name]) for name, each in slices.items()}


def _queries(go: Callable[[], int]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        go()
    return sum(not query["sql"].startswith(TRANSACTIONS) for query in queries)
