"""One contender in its own process: waits for an order, calls for so many seconds, tells how long each call took."""

import gc
import io
import json
import os
import sys
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from time import perf_counter_ns
from typing import Any

from tests.benchmarks import calls
from tests.benchmarks.contenders import Contender
from tests.benchmarks.databases import LATCHKEY, Database

HOST = "tokens.example"
SECOND = 1_000_000_000
BASE: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": HOST,
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": HOST,
    "HTTP_ACCEPT": "*/*",
    "HTTP_USER_AGENT": "curl/8.5.0",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class WrongAnswer(Exception):
    """A contender did not answer with the status that its calls ask for."""


@dataclass(frozen=True)
class Slice:
    """Nanoseconds of each call, and of writing afterwards what the calls had left to be written.

    answer_bytes: the length of the shortest answer.
    """

    times: array[int]
    afterwards: int
    answer_bytes: int


type Prepare = Callable[[], Any]
"""Makes the next call ready; this is not timed."""
type Run = Callable[[Any], int]
"""Makes the call; this is timed. Returns the number of bytes of the answer."""


@dataclass(frozen=True)
class Caller:
    prepare: Prepare
    run: Run
    afterwards: Callable[[], None]
    restore: Callable[[], None] = lambda: None

    def slice(self, seconds: float) -> Slice:
        """Calls for about `seconds`, one after the other, after a collection of garbage."""
        gc.collect()
        times = array("Q")
        answer_bytes = sys.maxsize
        end = perf_counter_ns() + int(seconds * SECOND)
        while True:
            call = self.prepare()
            before = perf_counter_ns()
            length = self.run(call)
            after = perf_counter_ns()
            answer_bytes = min(answer_bytes, length)
            times.append(after - before)
            if after >= end:
                break
        before = perf_counter_ns()
        self.afterwards()
        made = Slice(times, perf_counter_ns() - before, answer_bytes)
        self.restore()
        return made


def work(
    contenders: list[Contender],
    database: Database,
    environment: dict[str, str],
    seed: int,
    log: Path,
    pipe: Connection,
) -> None:
    """The whole life of a project's process.

    Takes a contender's name and seconds from `pipe` and answers with a `Slice`, until the pipe is closed.
    """
    with log.open("wb") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(environment)
    callers = {contender.name: _caller(contender, database, seed) for contender in contenders}
    os.sched_setaffinity(0, {own_core()})
    for caller in callers.values():
        caller.run(caller.prepare())
        caller.restore()
    pipe.send(None)
    while True:
        try:
            name, seconds = pipe.recv()
        except EOFError:
            return
        pipe.send(callers[name].slice(seconds))


def _caller(contender: Contender, database: Database, seed: int) -> Caller:
    made = calls.read(database.folder / f"{contender.calls}.tsv")
    random = Random(f"{seed} {contender.name}")
    if contender.project == "floor":
        caller: Caller = import_module("tests.benchmarks.floor").caller(database, made, random)
        return caller
    return caller_of(contender, made, random)


def own_core() -> int:
    """The core on which contenders have their turns."""
    return max(os.sched_getaffinity(0))


def caller_of(contender: Contender, made: list[calls.Call], random: Random) -> Caller:
    """Calls the contender's WSGI application, as a server would."""
    application, afterwards = _application_of(contender)
    method, body = ("POST", _new_token()) if contender.creates_token else ("GET", b"")
    restore = import_module("tests.benchmarks.rows").NewRows().delete if contender.creates_token else lambda: None
    status_line = ""

    def start_response(status: str, headers: Iterable[tuple[str, str]], exc_info: Any = None) -> None:
        nonlocal status_line
        status_line = status

    def prepare() -> dict[str, Any]:
        call = random.choice(made)
        return {
            **BASE,
            "REQUEST_METHOD": method,
            "PATH_INFO": contender.path.format(workspace=call.workspace, token=call.token),
            "QUERY_STRING": contender.query.format(workspace=call.workspace),
            "REMOTE_ADDR": f"10.{random.getrandbits(8)}.{random.getrandbits(8)}.{random.getrandbits(8)}",
            "HTTP_AUTHORIZATION": call.header,
            "CONTENT_TYPE": "application/json" if body else "",
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "wsgi.input": io.BytesIO(body),
        }

    def run(environ: dict[str, Any]) -> int:
        response = application(environ, start_response)
        body = b"".join(response)
        if hasattr(response, "close"):  # as PEP 3333 asks servers to
            response.close()
        if not status_line.startswith(expected):
            raise WrongAnswer(f"{contender.title} answered {status_line}: {body.decode(errors='replace')}")
        return len(body)

    expected = f"{contender.status} "
    return Caller(prepare, run, afterwards, restore)


def _new_token() -> bytes:
    """Return the body of a request that creates a token."""
    expires_at = datetime.now(UTC) + timedelta(days=30)
    return json.dumps({"label": "Nightly backup", "scope": "viewer", "expires_at": expires_at.isoformat()}).encode()


def _application_of(contender: Contender) -> tuple[Any, Callable[[], None]]:
    """The application, and what writes the uses that it has counted: they belong to its calls, whenever that is."""
    if contender.project != LATCHKEY:
        return import_module("tests.benchmarks.projects.wsgi").application, lambda: None
    application = import_module("tokens_site.wsgi").application
    usage = import_module("access_tokens.authentication.usage").usage
    if not contender.is_counted:
        usage.record = lambda *args, **kwargs: None
    return application, usage.flush
