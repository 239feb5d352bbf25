"""Errors of the API as `application/problem+json` (RFC 9457), with `WWW-Authenticate` (RFC 6750)."""

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
    """All errors of the API: status, title and the headers that only this error has.

    The guide explains each under its title.
    """

    BAD_REQUEST = 400, "Bad request"
    MISSING_TOKEN = 401, "Missing token", "WWW-Authenticate"
    INVALID_TOKEN = 401, "Invalid token", "WWW-Authenticate"
    TOKEN_DISABLED = 401, "Token disabled", "WWW-Authenticate"
    TOKEN_EXPIRED = 401, "Token expired", "WWW-Authenticate"
    SCOPE_UNAVAILABLE = 401, "Scope unavailable", "WWW-Authenticate"
    WORKSPACE_DELETED = 401, "Workspace deleted", "WWW-Authenticate"
    INSUFFICIENT_SCOPE = 403, "Insufficient scope", "WWW-Authenticate"
    NOT_ALLOWED = 403, "Not allowed"
    OTHER_WORKSPACE = 403, "Other workspace", "WWW-Authenticate"
    NOT_FOUND = 404, "Not found"
    METHOD_NOT_ALLOWED = 405, "Method not allowed", "Allow"
    CONFLICT = 409, "Conflict"
    ALREADY_CREATED = 409, "Already created", "Location"
    REQUEST_IN_PROGRESS = 409, "Request in progress", "Retry-After"
    LENGTH_REQUIRED = 411, "Length required"
    PRECONDITION_FAILED = 412, "Precondition failed", "ETag"
    CONTENT_TOO_LARGE = 413, "Content too large"
    UNSUPPORTED_MEDIA_TYPE = 415, "Unsupported media type"
    INVALID_REQUEST = 422, "Invalid request"
    IDEMPOTENCY_KEY_REUSED = 422, "Idempotency key reused"
    RATE_LIMITED = 429, "Rate limited", "Retry-After"
    TOO_MANY_FAILURES = 429, "Too many failures", "Retry-After"
    INTERNAL_ERROR = 500, "Internal error"
    UNAVAILABLE = 503, "Unavailable", "Retry-After"

    def __init__(self, status: int, title: str, *headers: str) -> None:
        self.slug = title.lower().replace(" ", "-")
        self.status = HTTPStatus(status)
        self.title = title
        self.headers = headers

    @property
    def url(self) -> str:
        """The URL of the guide's section about this error."""
        return f"{settings.PUBLIC_URL}{ERRORS_PAGE}#{self.slug}"

    def response(self, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> HttpResponse:
        """Return the error as a response.

        Args:
            detail: What happened and what to do about it. Tokens in it are redacted.
            members: Extension members (RFC 9457, section 3.2).
        """
        body = {"type": self.url, "title": self.title, "status": self.status, "detail": redact(detail), **members}
        return HttpResponse(json.dumps(body), status=self.status, content_type=CONTENT_TYPE, headers=headers)


def unauthenticated(problem: Problem, detail: str) -> HttpResponse:
    """Return a 401 response, with `error="invalid_token"` if the request had a token (RFC 6750, section 3.1)."""
    challenge = REALM if problem is Problem.MISSING_TOKEN else f'{REALM}, error="invalid_token"'
    return problem.response(detail, headers={"WWW-Authenticate": challenge})


def not_allowed(error: NotAllowed) -> HttpResponse:
    """Return a 403 response: `insufficient_scope` with the minimum scope, if a higher scope would be allowed.

    RFC 6750, section 3.1.
    """
    if error.required_role is None:
        return Problem.NOT_ALLOWED.response(error.message)
    scope = Role(error.required_role).api_name
    headers = {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope}"'}
    return Problem.INSUFFICIENT_SCOPE.response(error.message, headers=headers, required_scope=scope)


def other_workspace() -> HttpResponse:
    """Return a 403 response for a token whose workspace is not accepted, whatever its scope."""
    headers = {"WWW-Authenticate": f'{REALM}, error="insufficient_scope"'}
    detail = "This access token belongs to another workspace. Use a token of an accepted workspace."
    return Problem.OTHER_WORKSPACE.response(detail, headers=headers)


def invalid(errors: Sequence[tuple[str, str]]) -> HttpResponse:
    """Return a 422 response for wrong fields: pairs of a JSON pointer or a parameter name, and a message."""
    detail = " ".join(message for _, message in errors)
    fields = [{"pointer": redact(pointer), "detail": redact(message)} for pointer, message in errors]
    return Problem.INVALID_REQUEST.response(detail, errors=fields)
