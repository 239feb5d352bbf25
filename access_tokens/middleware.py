"""The middleware that answers /api/ by itself, without the console's middlewares, and keeps tokens out of all else."""

from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve

from access_tokens import token_format
from access_tokens.authentication.bearer import Principal
from access_tokens.authentication.request_auth import HEADERS, authenticate_and_count, complete, request_id_from
from workspaces.api.problems import CONTENT_TYPE, Problem

API_PREFIX = "/api/"
DOCS_PATH = "/api/v1/docs"
"""A page for people: the console's middlewares answer it."""
PUBLIC_PATHS = {DOCS_PATH, "/api/v1/openapi.json"}
"""Told to anybody, without a token."""
MAX_BODY_BYTES = 64 * 1024
MAX_CACHED_PATH_LENGTH = 200
"""Characters of an address for which is remembered what answers it. Ours are shorter."""
METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FORM_ENDPOINT = "introspect"
"""The name of the one URL that takes a form, as RFC 7662 asks for."""
TOKENS_ARE_FOR_THE_API = "Access tokens are for the API only"

log = structlog.get_logger("latchkey.api")


class ApiMiddleware:
    """Stands first: gives each request an id, answers /api/ itself, and keeps tokens out of everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.console = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request_id_from(request.META)
        request.id = request_id  # type: ignore[attr-defined] # as `ApiRequest` says
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self._answer(request)
        response["X-Request-Id"] = request_id
        if isinstance(response, HttpResponse):
            complete(response)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        is_page = request.path_info == DOCS_PATH and request.method in {"GET", "HEAD"}
        if request.path_info.startswith(API_PREFIX) and not is_page:
            return answer_api(request)
        if token_format.PREFIX in request.META.get("HTTP_AUTHORIZATION", ""):
            return Problem.NOT_ALLOWED.response(f"{TOKENS_ARE_FOR_THE_API}: its address is {API_PREFIX}v1/.")
        return self.console(request)


def answer_api(request: HttpRequest) -> HttpResponseBase:
    """The whole of an API call. Whatever goes wrong comes back as problem+json."""
    headers = dict(HEADERS)
    try:
        response = _called(request) if request.path_info in PUBLIC_PATHS else _authenticated(request, headers)
    except Http404:
        response = Problem.NOT_FOUND.response("There is nothing at this URL. Check the URL and the IDs in it.")
    except (OperationalError, InterfaceError):
        log.exception("the database did not answer", path=request.path_info)
        words = "The service can't reach its database. Try again in a moment."
        response = Problem.UNAVAILABLE.response(words, headers={"Retry-After": "5"})
    except (SuspiciousOperation, BadRequest):
        response = Problem.BAD_REQUEST.response("The request can't be read: send fewer fields, and its whole body.")
    except PermissionDenied as refusal:
        response = Problem.NOT_ALLOWED.response(str(refusal))
    except Exception:
        if settings.DEBUG_PROPAGATE_EXCEPTIONS:
            raise
        got_request_exception.send(sender=None, request=request)
        log.exception("an API call failed", path=request.path_info)
        response = Problem.INTERNAL_ERROR.response("Something went wrong on our side. Nothing was changed.")
    if response.status_code >= HTTPStatus.BAD_REQUEST and response["Content-Type"] != CONTENT_TYPE:
        response = _as_problem(request, response)
    for name, value in headers.items():
        response[name] = value
    return response


def _authenticated(request: HttpRequest, headers: dict[str, str]) -> HttpResponseBase:
    outcome = authenticate_and_count(request.META, headers)
    if not isinstance(outcome, Principal):
        return outcome
    request.principal = outcome  # type: ignore[attr-defined] # as `ApiRequest` says
    return _called(request)


def _called(request: HttpRequest) -> HttpResponseBase:
    """What the endpoint says."""
    path = request.path_info
    match = _resolved(path) if len(path) <= MAX_CACHED_PATH_LENGTH else resolve(path)
    request.resolver_match = match
    if refusal := _unreadable_body(request):
        return refusal
    method = request.method
    if method == "HEAD":
        request.method = "GET"  # the server leaves the body out (RFC 9110, 9.3.2)
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    request.method = method
    return response


@lru_cache(maxsize=1024)
def _resolved(path: str) -> ResolverMatch:
    """Raises: Http404, which is not kept."""
    return resolve(path)


def _unreadable_body(request: HttpRequest) -> HttpResponse | None:
    """411 for a body of untold length, 413 for one that is too long, 415 for one of another type."""
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        return Problem.LENGTH_REQUIRED.response("Send the body whole, with its Content-Length.")
    given = request.META.get("CONTENT_LENGTH") or "0"
    length = int(given) if given.isdecimal() else 0
    if length > MAX_BODY_BYTES:
        words = f"The body has {length} bytes. Send at most {MAX_BODY_BYTES}."
        return Problem.CONTENT_TOO_LARGE.response(words)
    wanted = FORM if request.resolver_match and request.resolver_match.url_name == FORM_ENDPOINT else JSON
    if request.method in METHODS_WITH_BODY and length and request.content_type != wanted:
        return Problem.UNSUPPORTED_MEDIA_TYPE.response(f"Send the body as {wanted}.")
    return None


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """What Django or ninja answered by themselves, in our form. Keeps `Allow` (RFC 9110, 15.5.6)."""
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (
            response["Allow"].replace("GET", "GET, HEAD") if "HEAD" not in response["Allow"] else response["Allow"]
        )
        words = f"{request.method} is not allowed here. Use {allowed}."
        return Problem.METHOD_NOT_ALLOWED.response(words, headers={"Allow": allowed})
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem.INTERNAL_ERROR.response("Something went wrong on our side. Nothing was changed.")
    return Problem.BAD_REQUEST.response(HTTPStatus(response.status_code).description or "The request can't be read.")
