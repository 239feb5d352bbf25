"""The middleware that answers /api/: by a token in `Authorization: Bearer` alone, without the console's middlewares.

Cookies are not looked at there, and a token opens nothing outside.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve

from access_tokens import keys, secrets
from access_tokens.actors import TokenActor
from access_tokens.models import AccessToken, Status
from access_tokens.problems import CONTENT_TYPE, problem, unauthenticated
from access_tokens.usage import usage
from workspaces.actors import Actor, request_id_of
from workspaces.models import Workspace
from workspaces.permissions import Role

API_PREFIX = "/api/"
DOCS_PATH = "/api/v1/docs"
"""A page for people: the console's middlewares answer it."""
SCHEMA_PATH = "/api/v1/openapi.json"
"""Told to anybody, without a token."""
MAX_BODY_BYTES = 64 * 1024
BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
WELL_FORMED_REQUEST_ID = re.compile(r"[0-9A-Za-z_.-]{8,64}")
METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FORM_ENDPOINT = "introspect"
"""The name of the one URL that takes a form, as RFC 7662 asks for."""
NO_TOKEN = "Send an access token in the header “Authorization: Bearer lkey_…”."
SESSION_ONLY = "A browser session does not authenticate API calls. " + NO_TOKEN
UNKNOWN_TOKEN = "This access token is not valid."
TOKENS_ARE_FOR_THE_API = "Access tokens are for the API only"

log = structlog.get_logger("latchkey.api")


@dataclass(frozen=True)
class Principal:
    """Who calls the API: a token which was active when its row was read for this call."""

    token: AccessToken
    workspace: Workspace
    scope: Role


class ApiRequest(HttpRequest):
    """A request whose token the middleware has checked."""

    id: str
    principal: Principal


@dataclass(frozen=True)
class Refused:
    """Why a call is not authenticated. `error` as in RFC 6750, section 3.1."""

    detail: str
    error: str | None = None


def authenticate(header: str | None) -> Principal | Refused:
    """The principal that an Authorization header stands for. One query; none for what is malformed."""
    if not header:
        return Refused(NO_TOKEN)
    bearer = BEARER.fullmatch(header)
    if bearer is None:
        return Refused(NO_TOKEN, error="invalid_token" if header.lower().startswith("bearer") else None)
    token = token_of_plaintext(bearer[1])
    if token is None:
        return Refused(UNKNOWN_TOKEN, error="invalid_token")
    if not token.is_active:
        return Refused(_why_not(token), error="invalid_token")
    usage.record(token.pk)
    return Principal(token, token.workspace, token.scope_role)


def token_of_plaintext(plaintext: str) -> AccessToken | None:
    """The row of a whole token, in whatever state it is; None for one that never was ours. One query at most."""
    key_id = secrets.key_id_of(plaintext)
    if key_id is None:
        return None
    token = AccessToken.objects.select_related("workspace", "creator", "parent").filter(key_id=key_id).first()
    if token is None or not secrets.matches(plaintext, token.stored_digest, keys.peppers()):
        return None
    return token


def _why_not(token: AccessToken) -> str:
    """Told only to a caller who holds the whole token."""
    match token.status:
        case Status.DISABLED:
            return "This access token is disabled."
        case Status.EXPIRED:
            assert token.expires_at is not None
            return f"This access token expired at {token.expires_at:%Y-%m-%dT%H:%M:%SZ}."
        case _:
            return f"The scope {token.scope_role.label} of this access token is switched off in its workspace."


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
        response = self._answer(request)
        response["X-Request-Id"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API_PREFIX) and request.path_info != DOCS_PATH:
            return answer_api(request)
        if secrets.PREFIX in request.headers.get("Authorization", ""):
            return problem(HTTPStatus.FORBIDDEN, f"{TOKENS_ARE_FOR_THE_API}: its address is {API_PREFIX}v1/.")
        return self.console(request)


def answer_api(request: HttpRequest) -> HttpResponseBase:
    """The whole of an API call. Whatever goes wrong comes back as problem+json."""
    try:
        response = _called(request) if request.path_info == SCHEMA_PATH else _authenticated(request)
    except Http404:
        response = problem(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
    except (OperationalError, InterfaceError):
        log.exception("the database did not answer", path=request.path_info, request_id=request_id_of(request))
        words = "The service can't reach its database. Try again in a moment."
        response = problem(HTTPStatus.SERVICE_UNAVAILABLE, words, headers={"Retry-After": "5"})
    except PermissionDenied as refusal:
        response = problem(HTTPStatus.FORBIDDEN, str(refusal))
    except Exception:
        if settings.DEBUG_PROPAGATE_EXCEPTIONS:
            raise
        got_request_exception.send(sender=None, request=request)
        log.exception("an API call failed", path=request.path_info, request_id=request_id_of(request))
        response = problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side. Nothing was changed.")
    if response.status_code >= HTTPStatus.BAD_REQUEST and response["Content-Type"] != CONTENT_TYPE:
        response = _as_problem(request, response)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Authorization"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _authenticated(request: HttpRequest) -> HttpResponseBase:
    outcome = authenticate(request.headers.get("Authorization"))
    if isinstance(outcome, Refused):
        has_session = settings.SESSION_COOKIE_NAME in request.META.get("HTTP_COOKIE", "")
        detail = SESSION_ONLY if has_session and outcome.detail == NO_TOKEN else outcome.detail
        return unauthenticated(detail, error=outcome.error)
    request.principal = outcome  # type: ignore[attr-defined]
    return _called(request)


def _called(request: HttpRequest) -> HttpResponseBase:
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
        return problem(HTTPStatus.LENGTH_REQUIRED, "Send the body whole, with its Content-Length.")
    given = request.META.get("CONTENT_LENGTH") or "0"
    length = int(given) if given.isdecimal() else 0
    if length > MAX_BODY_BYTES:
        words = f"The body has {length} bytes. Send at most {MAX_BODY_BYTES}."
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words)
    wanted = FORM if request.resolver_match and request.resolver_match.url_name == FORM_ENDPOINT else JSON
    if request.method in METHODS_WITH_BODY and length and request.content_type != wanted:
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {wanted}.")
    return None


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """What Django or ninja answered by themselves, in our form. Keeps `Allow` (RFC 9110, 15.5.6)."""
    allowed = response.get("Allow", "another method")
    details = {
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not allowed here. Use {allowed}.",
        HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    }
    status = HTTPStatus(response.status_code)
    headers = {"Allow": response["Allow"]} if "Allow" in response else None
    return problem(status, details.get(status, status.description), headers=headers)
