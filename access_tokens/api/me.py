from functools import cache
from http import HTTPStatus

import orjson
from django.http import HttpResponse
from ninja import Router

from access_tokens import operations
from access_tokens.api.etags import tag_of_token
from access_tokens.api.requests import TokenRequest
from access_tokens.api.schemas.tokens import MeOut, NewTokenOut, RotationIn, row_fields
from access_tokens.api.tokens import rotated
from access_tokens.authentication.bearer import Principal
from access_tokens.models import AccessToken
from workspaces.api.etags import IdempotencyKeyHeader, IfMatchHeader, unless_changed
from workspaces.api.openapi import needs
from workspaces.api.problems import Problem
from workspaces.api.renderer import AS_JSON
from workspaces.api.requests import actor_of
from workspaces.permissions import Permission, Role, permissions_of

router = Router(tags=["me"])


@router.get("/me", response=MeOut, operation_id="get_me")
@needs(Permission.MANAGE_SELF)
def get_me(request: TokenRequest) -> HttpResponse:
    """The token that calls: what it is, where it belongs, what it may do."""
    return answer_me(request.principal)


def answer_me(principal: Principal) -> HttpResponse:
    """As `MeOut`, of the row that was read, without an object for it or a model for its answer."""
    row = principal.row
    told = {
        "token": row_fields(row),
        "workspace": {"slug": row.workspace__slug, "name": row.workspace__name},
        "permissions": _permissions_of(row.scope),
    }
    headers = {"ETag": tag_of_token(row.key_id, row.version)}
    return HttpResponse(orjson.dumps(told, option=AS_JSON), content_type="application/json", headers=headers)


@cache
def _permissions_of(scope: int) -> list[str]:
    return [permission.value for permission in permissions_of(Role(scope))]


@router.delete("/me", response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_me")
@needs(Permission.MANAGE_SELF)
def delete_me(request: TokenRequest, if_match: IfMatchHeader = None) -> HttpResponse:
    """Revoke the token that calls, for good. Any token may."""
    token = request.principal.token
    with unless_changed(request, if_match, lambda: AccessToken.objects.get(pk=token.pk)):
        operations.delete(token, by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@router.post("/me/rotate", response=NewTokenOut, operation_id="rotate_me")
@needs(Permission.MANAGE_SELF, Problem.CONFLICT)
def rotate_me(
    request: TokenRequest,
    response: HttpResponse,
    body: RotationIn | None = None,
    idempotency_key: IdempotencyKeyHeader = None,
) -> NewTokenOut:
    """Give the token that calls a new secret, which stands in this answer alone. Any token may.

    For `overlap_seconds` the old secret works too: ask for some, lest an answer that gets lost locks you out.
    """
    return rotated(request, response, request.principal.token, body, idempotency_key)


@router.delete("/me/rotation", response={HTTPStatus.NO_CONTENT: None}, operation_id="end_my_rotation")
@needs(Permission.MANAGE_SELF)
def end_my_rotation(request: TokenRequest, if_match: IfMatchHeader = None) -> HttpResponse:
    """End the overlap of this token's rotation: its old secret stops, from the next call on."""
    token = request.principal.token
    with unless_changed(request, if_match, lambda: AccessToken.objects.get(pk=token.pk)):
        operations.end_rotation(token, by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
