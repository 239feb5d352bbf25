"""The process of one project. It takes turns for its contenders when the parent process requests one."""

import os
import sys
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from tests.benchmarks import wsgi_client
from tests.benchmarks.contenders import BARE_QUERY_PROJECT, Contender
from tests.benchmarks.databases import Database
from tests.benchmarks.sample_requests import read_requests
from tests.benchmarks.turns import RequestLoop


def run_worker(
    contenders: list[Contender],
    database: Database,
    environment: dict[str, str],
    seed: int,
    log: Path,
    pipe: Connection,
) -> None:
    """Send None when ready, then send a `Turn` for each contender's name received, until the pipe is closed.

    With the name come the seconds of the turn, and whether to measure CPU time.
    """
    with log.open("wb") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(environment)
    loops = {contender.name: _make_loop(contender, database, seed) for contender in contenders}
    os.sched_setaffinity(0, {contender_core()})
    for loop in loops.values():
        loop.send(loop.prepare())
        loop.restore()
    pipe.send(None)
    while True:
        try:
            name, seconds, cpu_time = pipe.recv()
        except EOFError:
            return
        pipe.send(loops[name].take_turn(seconds, cpu_time=cpu_time))


def contender_core() -> int:
    """Return the core on which all contenders take their turns."""
    return max(os.sched_getaffinity(0))


def _make_loop(contender: Contender, database: Database, seed: int) -> RequestLoop:
    requests = read_requests(database.folder / f"{contender.requests}.tsv")
    random = Random(f"{seed} {contender.name}")
    if contender.project == BARE_QUERY_PROJECT:
        loop: RequestLoop = import_module("tests.benchmarks.bare_query").make_loop(database, requests, random)
        return loop
    return wsgi_client.make_loop(contender, requests, random)
