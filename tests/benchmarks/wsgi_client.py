"""Sends requests to a WSGI application in the same process, as a server would."""

import io
import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any

from tests.benchmarks.contenders import Contender
from tests.benchmarks.databases import LATCHKEY
from tests.benchmarks.sample_requests import SampleRequest
from tests.benchmarks.turns import RequestLoop

HOST = "tokens.example"
ENVIRON: dict[str, Any] = {
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


class WrongStatus(Exception):
    """A response had another status than its request expects."""


def make_loop(contender: Contender, requests: list[SampleRequest], random: Random) -> RequestLoop:
    """Load the contender's project and return the functions that send it random sample requests."""
    application, flush = _load_application(contender)
    if not contender.creates_token:
        return RequestLoop(_builder(contender, requests, random, b""), _sender(contender, application), flush)
    restore = import_module("tests.benchmarks.rows").NewRows().delete
    build = _builder(contender, requests, random, _new_token_body())
    return RequestLoop(build, _sender(contender, application), flush, restore)


def _load_application(contender: Contender) -> tuple[Any, Callable[[], None]]:
    """Return the application, and the function that writes the usage it has counted."""
    if contender.project != LATCHKEY:
        return import_module("tests.benchmarks.projects.wsgi").application, lambda: None
    application = import_module("tokens_site.wsgi").application
    usage = import_module("access_tokens.authentication.usage").usage
    if not contender.counts_usage:
        usage.record = lambda *args, **kwargs: None
    return application, usage.flush


def _builder(
    contender: Contender, requests: list[SampleRequest], random: Random, body: bytes
) -> Callable[[], dict[str, Any]]:
    """Return a function that builds the environ of a random request from a random address."""

    def build() -> dict[str, Any]:
        request = random.choice(requests)
        return {
            **ENVIRON,
            "REQUEST_METHOD": "POST" if body else "GET",
            "PATH_INFO": contender.path.format(workspace=request.workspace, token=request.token),
            "QUERY_STRING": contender.query.format(workspace=request.workspace),
            "REMOTE_ADDR": f"10.{random.getrandbits(8)}.{random.getrandbits(8)}.{random.getrandbits(8)}",
            "HTTP_AUTHORIZATION": request.header,
            "CONTENT_TYPE": "application/json" if body else "",
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "wsgi.input": io.BytesIO(body),
        }

    return build


def _sender(contender: Contender, application: Any) -> Callable[[dict[str, Any]], int]:
    """Return a function that sends a request, reads the response to its end and checks its status."""
    expected = f"{contender.status} "
    status_line = ""

    def start_response(status: str, headers: Iterable[tuple[str, str]], exc_info: Any = None) -> None:
        nonlocal status_line
        status_line = status

    def send(environ: dict[str, Any]) -> int:
        response = application(environ, start_response)
        body = b"".join(response)
        if hasattr(response, "close"):  # as PEP 3333 requires of servers
            response.close()
        if not status_line.startswith(expected):
            raise WrongStatus(f"{contender.title} responded {status_line}: {body.decode(errors='replace')}")
        return len(body)

    return send


def _new_token_body() -> bytes:
    """Return the body of a request that creates a token."""
    expires_at = datetime.now(UTC) + timedelta(days=30)
    return json.dumps({"label": "Nightly backup", "scope": "viewer", "expires_at": expires_at.isoformat()}).encode()
