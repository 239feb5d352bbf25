"""The two ways into the API: Django's middleware for every request, and a WSGI shortcut for the most frequent ones.

Both authenticate and count a request once, with `authenticate_and_count`, and finish its response with the same
functions. Requests to anything but the API go on to the console's middlewares.
"""

import logging
import random
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders
from django.urls import ResolverMatch, resolve
from django.utils.log import log_response

from access_tokens import token_format
from access_tokens.api.introspection import FORM_ENDPOINT, authorize_response, parse_query
from access_tokens.api.token_responses import me_response
from access_tokens.authentication.request_auth import Environ, Principal, authenticate_and_count
from workspaces.api.endpoints import PlainResponse
from workspaces.api.problems import CONTENT_TYPE, Problem

API_PREFIX = "/api/"
DOCS_PATH = "/api/v1/docs"
"""A page for people, which the console's middlewares serve."""
PUBLIC_PATHS = {DOCS_PATH, "/api/v1/openapi.json"}
"""Available without a token."""
HEADERS = {"Cache-Control": "no-store", "Vary": "Authorization", "X-Content-Type-Options": "nosniff"}
"""Headers of every API response."""
MAX_BODY_BYTES = 64 * 1024
MAX_CACHED_PATH_LENGTH = 200
"""Characters of a path that is kept in the cache of resolved paths. Valid paths are shorter."""
METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
VALID_REQUEST_ID = re.compile(r"[0-9A-Za-z_.-]{8,64}")

log = logging.getLogger("latchkey.api")


class ApiMiddleware:
    """Serves the API, gives each request an ID, and rejects access tokens everywhere else. The first middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_console_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = get_request_id(request.META)
        request.id = request_id  # type: ignore[attr-defined] # declared by ApiRequest
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self._respond(request)
        response.headers["X-Request-Id"] = request_id
        if isinstance(response, HttpResponse):
            finalize_headers(response.headers, response.status_code, response.content)
        return response

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        is_docs_page = request.path_info == DOCS_PATH and request.method in {"GET", "HEAD"}
        if request.path_info.startswith(API_PREFIX) and not is_docs_page:
            return respond_to_api_request(request)
        if token_format.PREFIX in request.META.get("HTTP_AUTHORIZATION", ""):
            detail = f"Access tokens are for the API only. Its address is {API_PREFIX}v1/."
            return Problem.NOT_ALLOWED.response(detail)
        return self.get_console_response(request)


class FastRoute(NamedTuple):
    """An endpoint of the fast path.

    parse_query: returns what the query string asks for, or None to leave the request to Django.
    respond: returns the response to an authenticated request.
    """

    parse_query: Callable[[str], Any]
    respond: Callable[[Principal, Any], PlainResponse | HttpResponse]


FAST_ROUTES = {
    "/api/v1/me": FastRoute(lambda query: None if query else True, lambda principal, _: me_response(principal)),
    "/api/v1/authorize": FastRoute(parse_query, authorize_response),
}


class FastPath:
    """A WSGI application that responds to simple requests to `FAST_ROUTES` and leaves all others to Django.

    Services and gateways send these requests all the time, and Django's request handling would take longer than
    all the rest. Which requests are simple is decided before anything is counted.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        route = FAST_ROUTES.get(environ.get("PATH_INFO", ""))
        query = route.parse_query(environ.get("QUERY_STRING", "")) if route and is_simple(environ) else None
        if route is None or query is None:
            return self.application(environ, start_response)
        request_id = get_request_id(environ)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        headers = {**HEADERS, "X-Request-Id": request_id}
        try:
            outcome = authenticate_and_count(environ, headers)
            response = route.respond(outcome, query) if isinstance(outcome, Principal) else outcome
        except Exception as error:
            response = error_response(error, environ["PATH_INFO"])
        if isinstance(response, HttpResponse):
            response = PlainResponse(response.status_code, dict(response.items()), response.content)
        status, own_headers, body = response
        own_headers |= headers
        finalize_headers(own_headers, status, body)
        start_response(STATUS_LINES[status], [*own_headers.items()])
        return [body]  # a list: granian sends it at once, and any other iterable in chunks


STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def is_simple(environ: Environ) -> bool:
    """Return whether a request is a GET without a body, in Django's default encoding."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ.get("CONTENT_LENGTH", "") in {"", "0"}
        and "HTTP_TRANSFER_ENCODING" not in environ
        and "charset" not in environ.get("CONTENT_TYPE", "").lower()
    )


def get_request_id(environ: Environ) -> str:
    """Return the client's own ID for the request if it is valid, otherwise a new one."""
    given: str = environ.get("HTTP_X_REQUEST_ID", "")
    is_valid = given and VALID_REQUEST_ID.fullmatch(given) and token_format.PREFIX not in given
    return given if is_valid else f"{random.getrandbits(128):032x}"


def finalize_headers(headers: dict[str, str] | ResponseHeaders, status: int, body: bytes) -> None:
    """Set `Content-Length`, except for 204, and remove the `Content-Type` of an empty body (RFC 9110, 8.3 and 8.6)."""
    if status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(body))
    if not body:
        headers.pop("Content-Type", None)


def respond_to_api_request(request: HttpRequest) -> HttpResponseBase:
    """Return the response to an API request. Errors are returned as problem+json too."""
    headers = dict(HEADERS)
    try:
        response = _call_view(request) if request.path_info in PUBLIC_PATHS else _authenticated(request, headers)
    except Exception as error:
        response = error_response(error, request.path_info, request)
    if response.status_code >= HTTPStatus.BAD_REQUEST and response["Content-Type"] != CONTENT_TYPE:
        response = _as_problem(request, response)
    for name, value in headers.items():
        response[name] = value
    return response


def error_response(error: Exception, path: str, request: HttpRequest | None = None) -> HttpResponse:
    """Return an exception as problem+json. Log it if it is not the client's fault.

    Raises: `error` if the setting DEBUG_PROPAGATE_EXCEPTIONS asks for it.
    """
    match error:
        case Http404():
            return Problem.NOT_FOUND.response("There is nothing at this URL. Check the URL and the IDs in it.")
        case SuspiciousOperation() | BadRequest():
            return Problem.BAD_REQUEST.response("The request can't be read: send fewer fields, and its whole body.")
        case PermissionDenied():
            return Problem.NOT_ALLOWED.response(str(error))
        case OperationalError() | InterfaceError():
            detail = "The service can't reach its database. Try again in a moment."
            response = Problem.UNAVAILABLE.response(detail, headers={"Retry-After": "5"})
        case _:
            if settings.DEBUG_PROPAGATE_EXCEPTIONS:
                raise error
            got_request_exception.send(sender=None, request=request)
            response = Problem.INTERNAL_ERROR.response("Something went wrong on our side. Nothing was changed.")
    log_response("API request failed: %s", path, response=response, request=request, logger=log, exception=error)
    return response


def _authenticated(request: HttpRequest, headers: dict[str, str]) -> HttpResponseBase:
    outcome = authenticate_and_count(request.META, headers)
    if not isinstance(outcome, Principal):
        return outcome
    request.principal = outcome  # type: ignore[attr-defined] # declared by ApiRequest
    return _call_view(request)


def _call_view(request: HttpRequest) -> HttpResponseBase:
    path = request.path_info
    match = _resolve_cached(path) if len(path) <= MAX_CACHED_PATH_LENGTH else resolve(path)
    request.resolver_match = match
    if rejection := _reject_body(request):
        return rejection
    method = request.method
    if method == "HEAD":
        request.method = "GET"  # the server omits the body (RFC 9110, 9.3.2)
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    request.method = method
    return response


@lru_cache(maxsize=1024)
def _resolve_cached(path: str) -> ResolverMatch:
    """Raises: Http404, which is not cached."""
    return resolve(path)


def _reject_body(request: HttpRequest) -> HttpResponse | None:
    """Return 411 for a body of unknown length, 413 for one that is too long, 415 for one of the wrong type."""
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        return Problem.LENGTH_REQUIRED.response("Send the whole body with its Content-Length.")
    given = request.META.get("CONTENT_LENGTH") or "0"
    length = int(given) if given.isdecimal() else 0
    if length > MAX_BODY_BYTES:
        return Problem.CONTENT_TOO_LARGE.response(f"The body has {length} bytes. Send at most {MAX_BODY_BYTES}.")
    expected = FORM if request.resolver_match and request.resolver_match.url_name == FORM_ENDPOINT else JSON
    if request.method in METHODS_WITH_BODY and length and request.content_type != expected:
        return Problem.UNSUPPORTED_MEDIA_TYPE.response(f"Send the body as {expected}.")
    return None


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """Return an error response of Django or ninja as problem+json. Keeps `Allow` (RFC 9110, 15.5.6)."""
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = response["Allow"]
        if "HEAD" not in allowed:
            allowed = allowed.replace("GET", "GET, HEAD")
        detail = f"{request.method} is not allowed here. Use {allowed}."
        return Problem.METHOD_NOT_ALLOWED.response(detail, headers={"Allow": allowed})
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem.INTERNAL_ERROR.response("Something went wrong on our side. Nothing was changed.")
    return Problem.BAD_REQUEST.response(HTTPStatus(response.status_code).description or "The request can't be read.")
