from http import HTTPStatus

from django.http import HttpResponse
from ninja import Router

from access_tokens import operations
from access_tokens.api.requests import TokenRequest
from access_tokens.api.schemas.tokens import MeOut, NewTokenOut, RotationIn
from access_tokens.api.token_responses import etag_of, me_response
from access_tokens.api.tokens import rotate
from workspaces.api.endpoints import no_content, requires
from workspaces.api.etags import IfMatchHeader, require_match
from workspaces.api.idempotency_keys import IdempotencyKeyHeader
from workspaces.api.problems import Problem
from workspaces.api.requests import actor_of
from workspaces.permissions import Permission

router = Router(tags=["me"])


@router.get("/me", response=MeOut, operation_id="get_me")
@requires(Permission.MANAGE_SELF, headers=["ETag"])
def get_me(request: TokenRequest) -> HttpResponse:
    """Get the token that sends the request.

    Returns the token, its workspace and its permissions.
    """
    return me_response(request.principal).to_django()


@router.delete("/me", response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_me")
@requires(Permission.MANAGE_SELF)
def delete_me(request: TokenRequest, if_match: IfMatchHeader = None) -> HttpResponse:
    """Delete the token that sends the request.

    A deleted token can't be restored. Works with any scope.
    """
    token = request.principal.token
    with require_match(request, if_match, token, etag_of):
        operations.delete(token, by=actor_of(request))
    return no_content()


@router.post("/me/rotate", response=NewTokenOut, operation_id="rotate_me")
@requires(Permission.MANAGE_SELF, Problem.CONFLICT, headers=["ETag"])
def rotate_me(
    request: TokenRequest, body: RotationIn | None = None, idempotency_key: IdempotencyKeyHeader = None
) -> HttpResponse:
    """Rotate the secret of the token that sends the request.

    Only this response contains the new secret. Set `overlap_seconds`: while the previous secret still works, a lost
    response doesn't lock you out. Works with any scope.
    """
    return rotate(request, request.principal.token, body, idempotency_key)


@router.delete("/me/rotation", response={HTTPStatus.NO_CONTENT: None}, operation_id="end_my_rotation")
@requires(Permission.MANAGE_SELF)
def end_my_rotation(request: TokenRequest, if_match: IfMatchHeader = None) -> HttpResponse:
    """End the overlap period of the token that sends the request.

    Its previous secret is rejected from the next request on. Works with any scope.
    """
    token = request.principal.token
    with require_match(request, if_match, token, etag_of):
        operations.end_rotation(token, by=actor_of(request))
    return no_content()
