"""WSGI: the two calls that services and gateways make all the time, answered without Django's request around them.

Whatever is not plain (another method, a body, a query that is not as it should be, a database that is away) goes on to
Django, which says the same. Nothing is decided here that is not decided there.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.http import HttpResponse

from access_tokens.api.introspection import answer_authorize, parse_query
from access_tokens.api.me import answer_me
from access_tokens.authentication.bearer import Principal
from access_tokens.authentication.request_auth import HEADERS, authenticate_and_count, complete, request_id_from

type Environ = dict[str, Any]
type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class FastRoute(NamedTuple):
    """What the query of a call asks (None: nothing that is plain), and the answer to it."""

    parse_query: Callable[[str], Any]
    answer: Callable[[Principal, Any], HttpResponse]


CALLS = {
    "/api/v1/me": FastRoute(lambda query: None if query else True, lambda principal, asked: answer_me(principal)),
    "/api/v1/authorize": FastRoute(parse_query, answer_authorize),
}


class FastPath:
    """Stands before Django's application."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = CALLS.get(environ["PATH_INFO"])
        headers = {**HEADERS, "X-Request-Id": request_id_from(environ)}
        response = _answer(call, environ, headers) if call else None
        if response is None:
            return self.application(environ, start_response)
        complete(response)
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items(), *headers.items()])
        return [response.content]  # granian sends a list in one piece, anything else bit by bit


def _answer(call: FastRoute, environ: Environ, headers: dict[str, str]) -> HttpResponse | None:
    """The answer to a plain call, None for any other. Adds to `headers`."""
    has_body = "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH", "") not in {"", "0"}
    asked = call.parse_query(environ.get("QUERY_STRING", ""))
    if environ["REQUEST_METHOD"] != "GET" or has_body or asked is None:
        return None
    try:
        outcome = authenticate_and_count(environ, headers)
        return call.answer(outcome, asked) if isinstance(outcome, Principal) else outcome
    except Exception:  # Django meets it again, and tells it as an answer of the API
        return None
