"""The middleware that answers /api/ by itself, without the console's middlewares, and keeps tokens out of all else."""

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils.http import http_date

from access_tokens import secrets
from access_tokens.actors import TokenActor
from access_tokens.authentication import NO_TOKEN, Principal, Refused, authenticate, count, count_failure
from access_tokens.problems import CONTENT_TYPE, Problem, unauthenticated
from workspaces.actors import Actor, address_of

API_PREFIX = "/api/"
DOCS_PATH = "/api/v1/docs"
"""A page for people: the console's middlewares answer it."""
SCHEMA_PATH = "/api/v1/openapi.json"
"""Told to anybody, without a token."""
MAX_BODY_BYTES = 64 * 1024
WELL_FORMED_REQUEST_ID = re.compile(r"[0-9A-Za-z_.-]{8,64}")
METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FORM_ENDPOINT = "introspect"
"""The name of the one URL that takes a form, as RFC 7662 asks for."""
SUPERSEDED = "Latchkey-Secret-Superseded"
SESSION_ONLY = "A browser session does not authenticate API calls. " + NO_TOKEN
TOKENS_ARE_FOR_THE_API = "Access tokens are for the API only"

log = structlog.get_logger("latchkey.api")


class ApiRequest(HttpRequest):
    """A request whose token the middleware has checked."""

    id: str
    principal: Principal


def actor_of(request: ApiRequest) -> Actor:
    """The caller as one who acts, for operations and events."""
    return TokenActor.of(request.principal.token, request)


class ApiMiddleware:
    """Stands first: gives each request an id, answers /api/ itself, and keeps tokens out of everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.console = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        is_fit = WELL_FORMED_REQUEST_ID.fullmatch(given) and secrets.PREFIX not in given
        request_id = given if is_fit else uuid.uuid4().hex
        request.id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self._answer(request)
        response["X-Request-Id"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API_PREFIX) and request.path_info != DOCS_PATH:
            return answer_api(request)
        if secrets.PREFIX in request.headers.get("Authorization", ""):
            return Problem.NOT_ALLOWED.answer(f"{TOKENS_ARE_FOR_THE_API}: its address is {API_PREFIX}v1/.")
        return self.console(request)


def answer_api(request: HttpRequest) -> HttpResponseBase:
    """The whole of an API call. Whatever goes wrong comes back as problem+json."""
    headers = {"Cache-Control": "no-store", "Vary": "Authorization", "X-Content-Type-Options": "nosniff"}
    try:
        is_public = request.path_info == SCHEMA_PATH
        response = _called(request) if is_public else _authenticated(request, headers)
    except Http404:
        response = Problem.NOT_FOUND.answer("There is nothing at this address.")
    except (OperationalError, InterfaceError):
        log.exception("the database did not answer", path=request.path_info)
        words = "The service can't reach its database. Try again in a moment."
        response = Problem.UNAVAILABLE.answer(words, headers={"Retry-After": "5"})
    except SuspiciousOperation:
        response = Problem.BAD_REQUEST.answer("The request can't be read: send fewer fields, and its whole body.")
    except PermissionDenied as refusal:
        response = Problem.NOT_ALLOWED.answer(str(refusal))
    except Exception:
        if settings.DEBUG_PROPAGATE_EXCEPTIONS:
            raise
        got_request_exception.send(sender=None, request=request)
        log.exception("an API call failed", path=request.path_info)
        response = Problem.INTERNAL_ERROR.answer("Something went wrong on our side. Nothing was changed.")
    if response.status_code >= HTTPStatus.BAD_REQUEST and response["Content-Type"] != CONTENT_TYPE:
        response = _as_problem(request, response)
    for name, value in headers.items():
        response[name] = value
    return response


def _authenticated(request: HttpRequest, headers: dict[str, str]) -> HttpResponseBase:
    """The answer to who calls. Adds to `headers` what each answer to them has, an error too."""
    outcome = authenticate(request.headers.get("Authorization"))
    if isinstance(outcome, Refused):
        return _unauthenticated(request, outcome)
    quota = count(outcome)
    if quota.remaining < 0:
        words = f"This access token has made its {quota.limit} calls of this minute. Wait {quota.resets_in} seconds."
        return Problem.RATE_LIMITED.answer(words, headers={"Retry-After": str(quota.resets_in), **quota.headers})
    request.principal = outcome  # type: ignore[attr-defined]
    headers.update(quota.headers)
    if outcome.superseded_until is not None:
        headers[SUPERSEDED] = http_date(outcome.superseded_until.timestamp())  # RFC 9110, 5.6.7
    return _called(request)


def _unauthenticated(request: HttpRequest, refused: Refused) -> HttpResponse:
    """401; but 429 where an address failed too often. Who brings no token at all has not failed."""
    if refused.problem is Problem.MISSING_TOKEN:
        has_session = settings.SESSION_COOKIE_NAME in request.META.get("HTTP_COOKIE", "")
        return unauthenticated(refused.problem, SESSION_ONLY if has_session else refused.detail)
    wait = count_failure(address_of(request))
    if wait is None:
        return unauthenticated(refused.problem, refused.detail)
    words = f"Too many calls from your address came without a valid token. Wait {wait} seconds."
    return Problem.TOO_MANY_FAILURES.answer(words, headers={"Retry-After": str(wait)})


def _called(request: HttpRequest) -> HttpResponseBase:
    """What the endpoint says."""
    match = resolve(request.path_info)
    request.resolver_match = match
    if refusal := _unreadable_body(request):
        return refusal
    method = request.method
    if method == "HEAD":
        request.method = "GET"  # the server leaves the body out (RFC 9110, 9.3.2)
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    request.method = method
    return response


def _unreadable_body(request: HttpRequest) -> HttpResponse | None:
    """411 for a body of untold length, 413 for one that is too long, 415 for one of another type."""
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        return Problem.LENGTH_REQUIRED.answer("Send the body whole, with its Content-Length.")
    given = request.META.get("CONTENT_LENGTH") or "0"
    length = int(given) if given.isdecimal() else 0
    if length > MAX_BODY_BYTES:
        words = f"The body has {length} bytes. Send at most {MAX_BODY_BYTES}."
        return Problem.CONTENT_TOO_LARGE.answer(words)
    wanted = FORM if request.resolver_match and request.resolver_match.url_name == FORM_ENDPOINT else JSON
    if request.method in METHODS_WITH_BODY and length and request.content_type != wanted:
        return Problem.UNSUPPORTED_MEDIA_TYPE.answer(f"Send the body as {wanted}.")
    return None


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """What Django or ninja answered by themselves, in our form. Keeps `Allow` (RFC 9110, 15.5.6)."""
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        words = f"{request.method} is not allowed here. Use {response['Allow']}."
        return Problem.METHOD_NOT_ALLOWED.answer(words, headers={"Allow": response["Allow"]})
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem.INTERNAL_ERROR.answer("Something went wrong on our side. Nothing was changed.")
    return Problem.BAD_REQUEST.answer(HTTPStatus(response.status_code).description or "The request can't be read.")
