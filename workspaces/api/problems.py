"""Errors of the API as `application/problem+json` (RFC 9457), with `WWW-Authenticate` where RFC 6750 asks for it."""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from accounts.redaction import redact
from workspaces.errors import NotAllowed
from workspaces.permissions import Role

CONTENT_TYPE = "application/problem+json"
REALM = 'Bearer realm="Latchkey"'
ERRORS_PAGE = "/help/errors"


class Problem(Enum):
    """Every kind of error: the anchor of its explanation in the guide, the status, the title, and its own headers."""

    BAD_REQUEST = "bad-request", 400, "The request can't be read"
    MISSING_TOKEN = "missing-token", 401, "No access token came", "WWW-Authenticate"
    INVALID_TOKEN = "invalid-token", 401, "The access token is not valid", "WWW-Authenticate"
    TOKEN_DISABLED = "token-disabled", 401, "The access token is disabled", "WWW-Authenticate"
    TOKEN_EXPIRED = "token-expired", 401, "The access token has expired", "WWW-Authenticate"
    SCOPE_UNAVAILABLE = "scope-unavailable", 401, "The access token's scope is switched off", "WWW-Authenticate"
    WORKSPACE_DELETED = "workspace-deleted", 401, "The access token's workspace is deleted", "WWW-Authenticate"
    INSUFFICIENT_SCOPE = "insufficient-scope", 403, "The access token's scope does not suffice", "WWW-Authenticate"
    NOT_ALLOWED = "not-allowed", 403, "Not allowed"
    OTHER_WORKSPACE = "other-workspace", 403, "The access token belongs to another workspace", "WWW-Authenticate"
    NOT_FOUND = "not-found", 404, "Not found"
    METHOD_NOT_ALLOWED = "method-not-allowed", 405, "Method not allowed", "Allow"
    CONFLICT = "conflict", 409, "Contradicts the present state"
    ALREADY_CREATED = "already-created", 409, "Created already", "Location"
    REQUEST_UNDER_WAY = "request-under-way", 409, "The first request is still under way", "Retry-After"
    LENGTH_REQUIRED = "length-required", 411, "The length of the body is missing"
    PRECONDITION_FAILED = "precondition-failed", 412, "Changed meanwhile", "ETag"
    CONTENT_TOO_LARGE = "content-too-large", 413, "The body is too long"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", 415, "The body is of another type"
    INVALID_REQUEST = "invalid-request", 422, "Something in the request is wrong"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused", 422, "The idempotency key was used for another request"
    RATE_LIMITED = "rate-limited", 429, "Too many calls", "Retry-After"
    TOO_MANY_FAILURES = "too-many-failures", 429, "Too many failed authentications", "Retry-After"
    INTERNAL_ERROR = "internal-error", 500, "Something went wrong"
    UNAVAILABLE = "unavailable", 503, "Not available", "Retry-After"

    def __init__(self, slug: str, status: int, title: str, *headers: str) -> None:
        self.slug = slug
        self.status = HTTPStatus(status)
        self.title = title
        self.headers = headers

    @property
    def url(self) -> str:
        """The address of the page that explains this error and what to do."""
        return f"{settings.PUBLIC_URL}{ERRORS_PAGE}#{self.slug}"

    def response(self, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> HttpResponse:
        """The error as an answer. `detail` is for a person and never echoes a secret; `members` are extensions.

        RFC 9457, 3.1 and 3.2.
        """
        body = {
            "type": self.url,
            "title": self.title,
            "status": self.status,
            "detail": redact(detail),
            **members,
        }
        return HttpResponse(json.dumps(body), status=self.status, content_type=CONTENT_TYPE, headers=headers)


def unauthenticated(problem: Problem, detail: str) -> HttpResponse:
    """401, with `error="invalid_token"` where a bearer token came, no error where none did (RFC 6750, 3.1)."""
    challenge = REALM if problem is Problem.MISSING_TOKEN else f'{REALM}, error="invalid_token"'
    return problem.response(detail, headers={"WWW-Authenticate": challenge})


def not_allowed(refusal: NotAllowed) -> HttpResponse:
    """403 `insufficient_scope`, with the least scope that would do (RFC 6750, 3.1); just 403 where none would."""
    if refusal.required_role is None:
        return Problem.NOT_ALLOWED.response(refusal.message)
    needed = Role(refusal.required_role).api_name
    challenge = f'{REALM}, error="insufficient_scope", scope="{needed}"'
    headers = {"WWW-Authenticate": challenge}
    return Problem.INSUFFICIENT_SCOPE.response(refusal.message, headers=headers, required_scope=needed)


def other_workspace() -> HttpResponse:
    """403 `insufficient_scope` (RFC 6750, 3.1); no scope would do."""
    challenge = f'{REALM}, error="insufficient_scope"'
    words = "This access token belongs to another workspace."
    return Problem.OTHER_WORKSPACE.response(words, headers={"WWW-Authenticate": challenge})


def invalid(errors: Sequence[tuple[str, str]]) -> HttpResponse:
    """422 with each wrong field: (JSON pointer within the body or name of the parameter, words)."""
    detail = " ".join(words for _, words in errors)
    fields = [{"pointer": redact(pointer), "detail": redact(words)} for pointer, words in errors]
    return Problem.INVALID_REQUEST.response(detail, errors=fields)
