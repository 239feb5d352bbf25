"""Errors of the API as `application/problem+json` (RFC 9457), with `WWW-Authenticate` where RFC 6750 asks for it."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

from access_tokens.secrets import redact
from workspaces.errors import NotAllowed
from workspaces.permissions import Role

CONTENT_TYPE = "application/problem+json"
REALM = 'Bearer realm="Latchkey"'


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **members: Any) -> HttpResponse:
    """An error answer. `detail` is for a person and never echoes a secret; `members` are extensions (RFC 9457, 3.2)."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": redact(detail),
        **members,
    }
    return HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE, headers=headers)


def unauthenticated(detail: str, *, error: str | None = None) -> HttpResponse:
    """401. `error` is `invalid_token` where a bearer token came, None where none did (RFC 6750, 3.1)."""
    challenge = f'{REALM}, error="{error}"' if error else REALM
    return problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


def not_allowed(refusal: NotAllowed) -> HttpResponse:
    """403 `insufficient_scope`, with the least scope that would do (RFC 6750, 3.1); just 403 where none would."""
    if refusal.needed is None:
        return problem(HTTPStatus.FORBIDDEN, refusal.words)
    needed = Role(refusal.needed).wire_name
    challenge = f'{REALM}, error="insufficient_scope", scope="{needed}"'
    return problem(HTTPStatus.FORBIDDEN, refusal.words, headers={"WWW-Authenticate": challenge}, required_scope=needed)


def invalid(errors: Sequence[tuple[str, str]]) -> HttpResponse:
    """422 with each wrong field: (JSON pointer within the body or name of the parameter, words)."""
    detail = " ".join(words for _, words in errors)
    fields = [{"pointer": redact(pointer), "detail": redact(words)} for pointer, words in errors]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=fields)
