"""Requests to a WSGI application without a server, and what they leave behind."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.factories import IssuedToken


class WSGIResponse(NamedTuple):
    status: str
    headers: dict[str, str]
    body: bytes


def build_environ(path: str, query: str = "", *, method: str = "GET", body: bytes = b"", **more: Any) -> dict[str, Any]:
    """Return a WSGI environment. `more`: its further entries; those that are None are left out."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_X_REQUEST_ID": "the-same-for-both",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **more,
    }
    return {name: value for name, value in environ.items() if value is not None}


def bearer(token: IssuedToken) -> dict[str, Any]:
    return {"HTTP_AUTHORIZATION": f"Bearer {token.plaintext}"}


def send(application: Any, environ: dict[str, Any]) -> WSGIResponse:
    """Send a request as a server does. No header may come twice."""
    started: list[Any] = []
    response = application(environ, lambda status, headers, *rest: started.extend([status, headers]))
    body = b"".join(response)
    if hasattr(response, "close"):
        response.close()
    status, headers = started
    assert len({name for name, _ in headers}) == len(headers)
    return WSGIResponse(status, dict(headers), body)


def no_django(environ: Any, start_response: Any) -> Any:
    raise AssertionError("The fast path left this request to Django.")


@contextmanager
def django_application() -> Iterator[WSGIHandler]:
    """Django without the fast path. It leaves the test's database connection open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield WSGIHandler()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
