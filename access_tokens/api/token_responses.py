"""JSON responses about access tokens, built from rows. `schemas.tokens` documents them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse

from access_tokens.api.token_rows import TokenRow
from access_tokens.authentication.lookup import AuthenticationRow
from access_tokens.authentication.request_auth import Principal
from access_tokens.models import AccessToken
from access_tokens.token_format import mask
from workspaces.api.endpoints import JSON_OPTIONS, PlainResponse, json_response
from workspaces.api.etags import VERSION_ETAG
from workspaces.permissions import Role, permissions_of

API_NAMES = {role.value: role.api_name for role in Role}


def token_fields(row: TokenRow | AuthenticationRow) -> dict[str, Any]:
    """Return the fields of `TokenOut`."""
    previous_secret_expires_at = row.previous_secret_expires_at
    is_rotating = previous_secret_expires_at is not None and previous_secret_expires_at > datetime.now(UTC)
    return {
        "id": f"{row.creator_email}_{row.key_id}",
        "key_id": row.key_id,
        "label": row.label,
        "scope": API_NAMES[row.scope],
        "status": row.status_name,
        "masked": mask(row.key_id),
        "created_at": row.created_at,
        "created_by": row.creator__email or row.creator_email,
        "expires_at": row.expires_at,
        "last_used_at": row.last_used_at,
        "parent": row.parent__key_id,
        "rotation": {
            "previous_secret_expires_at": previous_secret_expires_at,
            "previous_secret_last_used_at": row.previous_secret_last_used_at,
            "previous_secret_use_count": row.previous_secret_use_count,
        }
        if is_rotating
        else None,
    }


def etag_of(token: TokenRow | AuthenticationRow | AccessToken) -> str:
    return VERSION_ETAG % (token.key_id, token.version)


def token_response(
    row: TokenRow, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None, **more: str
) -> HttpResponse:
    """Return `TokenOut`. `more`: further fields, such as the plaintext in `NewTokenOut`."""
    return json_response(token_fields(row) | more, status=status, headers={"ETag": etag_of(row), **(headers or {})})


def token_page_response(rows: Iterable[TokenRow], next_cursor: str | None) -> HttpResponse:
    """Return `TokenPage`."""
    return json_response({"items": [token_fields(row) for row in rows], "next": next_cursor})


def me_response(principal: Principal) -> PlainResponse:
    """Return `MeOut` for the row that authenticated the request."""
    row = principal.row
    content = {
        "token": token_fields(row),
        "workspace": {"slug": row.workspace__slug, "name": row.workspace__name},
        "permissions": _permission_names(row.scope),
    }
    headers = {"Content-Type": "application/json", "ETag": etag_of(row)}
    return PlainResponse(HTTPStatus.OK, headers, orjson.dumps(content, option=JSON_OPTIONS))


@cache
def _permission_names(scope: int) -> list[str]:
    return [permission.value for permission in permissions_of(Role(scope))]
