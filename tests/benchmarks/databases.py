"""Temporary databases for one run, created and filled by separate processes."""

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

from tests.benchmarks.sample_requests import write_requests

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
LATCHKEY, PAGE, PEERS, ENDPOINT_PEERS = "latchkey", "page", "peers", "endpoint_peers"
"""The datasets. The module that fills one has `_rows` after its name."""
CHUNK_BYTES = 16 * 1024 * 1024
READ_ALL_FILES = """
    SELECT count(length(pg_read_binary_file(pg_relation_filepath(oid), chunk * %(bytes)s::bigint, %(bytes)s)))
    FROM pg_class, generate_series(0, pg_relation_size(oid) / %(bytes)s) AS chunk
    WHERE relkind IN ('r', 'i') AND pg_relation_filepath(oid) IS NOT NULL
"""


@dataclass(frozen=True)
class Database:
    """A database with `size` tokens (in `PAGE`: in its large workspace).

    folder: contains the files of sample requests, and SQLite's database file.
    url: empty until the database exists.
    """

    system: str
    dataset: str
    size: int
    folder: Path
    url: str = ""

    @property
    def name(self) -> str:
        """The name on a PostgreSQL server. It contains our process ID, because other runs can use the same server."""
        return f"benchmark_{self.dataset}_{self.size}_{os.getpid()}"


@contextmanager
def temporary_databases(wanted: Iterable[Database], server: str | None) -> Iterator[list[Database]]:
    """Yield the same databases with their URLs, still empty. Those on the server are dropped at the end.

    server: the URL of a PostgreSQL server; None if no database needs one.
    """
    created: list[Database] = []
    for database in wanted:
        database.folder.mkdir(parents=True)
        if database.system == SQLITE:
            created.append(replace(database, url=f"sqlite:///{database.folder / 'database.sqlite3'}"))
        else:
            assert server is not None
            _execute(server, "CREATE DATABASE {}", database)
            url = urlsplit(server)._replace(path=f"/{database.name}").geturl()
            created.append(replace(database, url=url))
    try:
        yield created
    finally:
        for database in created:
            if database.system == POSTGRESQL and server is not None:
                _execute(server, "DROP DATABASE {} WITH (FORCE)", database)


def _execute(server: str, statement: str, database: Database) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(database.name)))


def pin_server(server: str, cores: set[int]) -> None:
    """Run the server's processes for all new connections on these cores."""
    with psycopg.connect(server) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/stat").read_text(encoding="ascii")
    parent = int(status.rpartition(")")[2].split()[1])
    os.sched_setaffinity(parent, cores)


def read_into_memory(database: Database) -> None:
    """Read all files of a database, because the system may have dropped them from its cache since they were written."""
    if database.system == SQLITE:
        with Path(urlsplit(database.url).path).open("rb") as file:
            while file.read(CHUNK_BYTES):
                pass
        return
    with psycopg.connect(database.url) as connection:
        connection.execute(READ_ALL_FILES, {"bytes": CHUNK_BYTES})


def fill_databases(environments: list[tuple[Database, dict[str, str]]], seed: int, progress: Progress) -> None:
    """Fill the databases, several at a time, each in a process with its own environment variables."""
    task = progress.add_task("Filling databases", total=sum(database.size for database, _ in environments))
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, max_tasks_per_child=1) as pool:
        running = {pool.submit(_fill, database, variables, seed): database for database, variables in environments}
        for done in as_completed(running):
            done.result()
            progress.advance(task, running[done].size)


def _fill(database: Database, environment: dict[str, str], seed: int) -> None:
    """Run in a process of its own, because Django loads its settings once per process."""
    os.environ.clear()
    os.environ.update(environment)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    if database.dataset in {LATCHKEY, PAGE}:
        call_command("createcachetable", verbosity=0)
    dataset = import_module(f"tests.benchmarks.{database.dataset}_rows")
    for name, requests in dataset.fill(database.size, Random(f"{seed} {database.dataset}")).items():
        write_requests(requests, database.folder / f"{name}.tsv")
    import_module("tests.benchmarks.rows").vacuum()
