"""Who comes in, on both ways into the API: as `principal` with headers for their answer, or not at all."""

import os
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import http_date

from access_tokens import token_format
from access_tokens.authentication.bearer import NO_TOKEN, Principal, Rejection, authenticate, count, count_failure
from access_tokens.authentication.usage import usage
from access_tokens.models import RejectionReason
from workspaces.actors import parse_ip_address
from workspaces.api.headers import SECRET_EXPIRES_HEADER
from workspaces.api.problems import Problem, unauthenticated

HEADERS = {"Cache-Control": "no-store", "Vary": "Authorization", "X-Content-Type-Options": "nosniff"}
"""Of every answer of the API."""
SESSION_ONLY = "A browser session does not authenticate API calls. " + NO_TOKEN
WELL_FORMED_REQUEST_ID = re.compile(r"[0-9A-Za-z_.-]{8,64}")

type Environ = Mapping[str, Any]


def request_id_from(environ: Environ) -> str:
    """The caller's own id for the request if it is fit to be one, else a new one."""
    given: str = environ.get("HTTP_X_REQUEST_ID", "")
    is_fit = WELL_FORMED_REQUEST_ID.fullmatch(given) and token_format.PREFIX not in given
    return given if is_fit else os.urandom(16).hex()


def complete(response: HttpResponse) -> None:
    """Tell its length, by which a client or a proxy knows that nothing is missing; of 204 none, and no type of nothing.

    RFC 9110, 8.3 and 8.6.
    """
    if response.status_code != HTTPStatus.NO_CONTENT:
        response.headers.setdefault("Content-Length", str(len(response.content)))
    if not response.content:
        del response["Content-Type"]


def authenticate_and_count(environ: Environ, headers: dict[str, str]) -> Principal | HttpResponse:
    """Authenticate and count a call. Adds to `headers` what each answer to this caller has, an error too.

    Returns the principal, or the refusal.
    """
    outcome = authenticate(environ.get("HTTP_AUTHORIZATION"))
    if isinstance(outcome, Rejection):
        return _rejected(environ, outcome)
    quota = count(outcome, address=environ.get("REMOTE_ADDR", ""), agent=environ.get("HTTP_USER_AGENT", ""))
    headers |= quota.headers
    if outcome.previous_secret_expires_at is not None:
        headers[SECRET_EXPIRES_HEADER] = http_date(outcome.previous_secret_expires_at.timestamp())  # RFC 9110, 5.6.7
    if quota.remaining < 0:
        usage.refuse(outcome.row.id, RejectionReason.RATE_LIMITED)
        words = f"This access token has made its {quota.limit} calls of this minute. Wait {quota.resets_in} seconds."
        return Problem.RATE_LIMITED.response(words, headers={"Retry-After": str(quota.resets_in)})
    return outcome


def _rejected(environ: Environ, refused: Rejection) -> HttpResponse:
    """401; but 429 where an address failed too often. Who brings no token at all has not failed."""
    if refused.problem is Problem.MISSING_TOKEN:
        has_session = settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", "")
        return unauthenticated(refused.problem, SESSION_ONLY if has_session else refused.detail)
    if refused.row is not None and refused.reason is not None:
        usage.refuse(refused.row.id, refused.reason)
    quota = count_failure(parse_ip_address(environ.get("REMOTE_ADDR", "")))
    if quota is None or quota.remaining >= 0:
        return unauthenticated(refused.problem, refused.detail)
    words = f"Too many calls from your address came without a valid token. Wait {quota.resets_in} seconds."
    headers = {"Retry-After": str(quota.resets_in), **quota.headers}
    return Problem.TOO_MANY_FAILURES.response(words, headers=headers)
