"""Databases for one run: made and filled by processes of their own, two at a time, and gone afterwards."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from rich.progress import Progress

from tests.benchmarks import calls

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
LATCHKEY, PEERS, PAGE, ENDPOINT_PEERS = "latchkey", "peers", "page", "endpoint_peers"


@dataclass(frozen=True)
class Database:
    """A database with `size` tokens of one kind (`LATCHKEY`, `PEERS`, `PAGE`). `folder` has the calls made with them.

    Of `PAGE`, that is the number of tokens in the large workspace.
    """

    system: str
    kind: str
    size: int
    folder: Path
    url: str = ""

    @property
    def name(self) -> str:
        """On a server, where other runs may have theirs."""
        return f"benchmark_{self.kind}_{self.size}_{os.getpid()}"


@contextmanager
def existing(wanted: Iterable[Database], server: str | None) -> Iterator[list[Database]]:
    """The same databases with their URLs, empty. Files go with their folder; those of `server` are dropped at the end.

    server: the URL of a PostgreSQL server; None if nothing wanted is of that system.
    """
    made: list[Database] = []
    for database in wanted:
        database.folder.mkdir(parents=True)
        if database.system == SQLITE:
            made.append(replace(database, url=f"sqlite:///{database.folder / 'database.sqlite3'}"))
        else:
            assert server is not None
            _on(server, "CREATE DATABASE {}", database)
            url = urlsplit(server)._replace(path=f"/{database.name}").geturl()
            made.append(replace(database, url=url))
    try:
        yield made
    finally:
        for database in made:
            if database.system == POSTGRESQL and server is not None:
                _on(server, "DROP DATABASE {} WITH (FORCE)", database)


def _on(server: str, statement: str, database: Database) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(database.name)))


def place(server: str, cores: set[int]) -> None:
    """Let every connection to `server` that is made from now on be served on these cores alone."""
    with psycopg.connect(server) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/stat").read_text(encoding="ascii")
    parent = int(status.rpartition(")")[2].split()[1])
    os.sched_setaffinity(parent, cores)


def warm(database: Database) -> None:
    """Have all of it in memory, as if it were in use: what lies idle while others are filled, a machine may drop."""
    if database.system == SQLITE:
        with Path(urlsplit(database.url).path).open("rb") as file:
            while file.read(PART):
                pass
        return
    with psycopg.connect(database.url) as connection:
        connection.execute(FILES, {"part": PART})


PART = 16 * 1024 * 1024
"""Bytes of a file that are read at once."""
FILES = """
    SELECT count(length(pg_read_binary_file(pg_relation_filepath(oid), part * %(part)s::bigint, %(part)s)))
    FROM pg_class, generate_series(0, pg_relation_size(oid) / %(part)s) AS part
    WHERE relkind IN ('r', 'i') AND pg_relation_filepath(oid) IS NOT NULL
"""


def fill_all(orders: list[tuple[Database, dict[str, str]]], seed: int, progress: Progress) -> None:
    """Fill each database, in the environment beside it. Raises what went wrong in one of them."""
    task = progress.add_task("Filling databases", total=sum(database.size for database, _ in orders))
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, max_tasks_per_child=1) as pool:
        running = {pool.submit(_fill, database, environment, seed): database for database, environment in orders}
        for done in as_completed(running):
            done.result()
            progress.advance(task, running[done].size)


def _fill(database: Database, environment: dict[str, str], seed: int) -> None:
    """In a process of its own, since settings are loaded once."""
    os.environ.clear()
    os.environ.update(environment)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    if database.kind in {LATCHKEY, PAGE}:
        call_command("createcachetable", verbosity=0)
    rows = import_module(f"tests.benchmarks.{database.kind}_rows")
    for name, made in rows.fill(database.size, Random(f"{seed} {database.kind}")).items():
        calls.write(made, database.folder / f"{name}.tsv")
    import_module("tests.benchmarks.rows").settle()
