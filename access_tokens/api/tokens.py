from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, NoReturn

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router

from access_tokens import operations
from access_tokens.api.requests import TokenRequest
from access_tokens.api.schemas.tokens import (
    NewTokenOut,
    RotationIn,
    TokenFilter,
    TokenIn,
    TokenOut,
    TokenPage,
    TokenPatch,
)
from access_tokens.api.token_responses import etag_of, token_page_response, token_response
from access_tokens.api.token_rows import TOKEN_IN_WORKSPACE, TokenRow, token_list, token_page, tokens_in_workspace
from access_tokens.models import AccessToken, AccessTokenQuerySet
from access_tokens.operations import CreatedToken
from access_tokens.token_format import KEY_ID_PATTERN
from workspaces.api.endpoints import no_content, requires
from workspaces.api.etags import IfMatchHeader, require_match
from workspaces.api.idempotency_keys import AlreadyCreated, IdempotencyKeyHeader, create_once
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.models import Workspace
from workspaces.pagination.cursors import CursorPosition, PageParameters, fetch_page
from workspaces.permissions import Permission

router = Router(tags=["access tokens"])
TOKENS = "/workspaces/{slug}/access-tokens"
TOKEN = TOKENS + "/{key_id}"
KeyId = Annotated[
    str, Path(description="The token's key ID: the part of its ID after the last underscore.", examples=["7fK2mQ9xLp"])
]
NOT_REPEATED = "The response can't be repeated, because secrets are not stored. Rotate the token if you lost it."


def tokens_in(workspace: Workspace) -> AccessTokenQuerySet:
    """Return the workspace's tokens, with the related rows that a response shows, in one query."""
    tokens: AccessTokenQuerySet = workspace.access_tokens.select_related("workspace", "creator", "parent")
    return tokens


def find_token(workspace: Workspace, key_id: str) -> AccessToken:
    """Raises: Http404 if the workspace has no such token."""
    if not KEY_ID_PATTERN.fullmatch(key_id):
        raise Http404
    token: AccessToken = get_object_or_404(tokens_in(workspace), key_id=key_id)
    return token


def manage_self_if_own(permission: Permission, request: TokenRequest, arguments: Mapping[str, Any]) -> Permission:
    """Require only MANAGE_SELF of a token whose key ID is its own."""
    return Permission.MANAGE_SELF if arguments["key_id"] == request.principal.row.key_id else permission


def respond(token: AccessToken) -> HttpResponse:
    return token_response(TokenRow.from_object(token))


def path_of(token: AccessToken) -> str:
    return f"/api/v1{TOKEN.format(slug=token.workspace.slug, key_id=token.key_id)}"


@router.get(TOKENS, response=TokenPage, operation_id="list_access_tokens")
@requires(Permission.VIEW_WORKSPACE)
def list_access_tokens(
    request: ApiRequest, workspace: Workspace, filters: Query[TokenFilter], parameters: Query[PageParameters]
) -> HttpResponse:
    """List the tokens of a workspace.

    The newest token comes first, unless you set `sort`. With several filters, returns tokens that match all of them.
    """

    def fetch(limit: int, position: CursorPosition | None) -> list[TokenRow]:
        has_cursor = position is not None
        if filters.model_fields_set <= {"sort"}:
            query = token_list(filters.sort, limit, has_cursor=has_cursor)
        else:
            query = token_page(filters.apply(tokens_in_workspace()), limit, has_cursor=has_cursor)
        now = datetime.now(UTC)
        return query.all(workspace_id=workspace.pk, now=now, **(position._asdict() if position else {}))

    page = fetch_page(fetch, parameters, list_name=f"access-tokens:{workspace.slug}", filters=filters)
    return token_page_response(*page)


@router.post(TOKENS, response={HTTPStatus.CREATED: NewTokenOut}, operation_id="create_access_token")
@requires(
    Permission.CREATE_TOKENS,
    Problem.NOT_ALLOWED,
    links=[
        *("get_access_token", "update_access_token", "disable_access_token", "enable_access_token"),
        *("rotate_access_token", "end_rotation", "delete_access_token"),
    ],
    headers=["ETag", "Location"],
)
def create_access_token(
    request: TokenRequest, workspace: Workspace, body: TokenIn, idempotency_key: IdempotencyKeyHeader = None
) -> HttpResponse:
    """Create a token.

    Only this response contains the secret. The new token's scope is at most the scope of the token that creates it, and
    it can't expire later.
    """

    def create() -> CreatedToken:
        return operations.create(workspace, by=actor_of(request), **body.token_fields())

    def find_created(key_id: str) -> NoReturn:
        token = tokens_in(workspace).filter(key_id=key_id).first()
        if token:
            raise AlreadyCreated(f"This request already created “{token.label}”. {NOT_REPEATED}", path=path_of(token))
        detail = "The token created with this idempotency key has been deleted. Use a new key to create another one."
        raise AlreadyCreated(detail, path=None)

    created = create_once(
        request, idempotency_key, body, create, public_id=lambda new: new.token.key_id, find_created=find_created
    )
    row = TokenRow.from_object(created.token, parent_key_id=request.principal.row.key_id)
    headers = {"Location": path_of(created.token)}
    return token_response(row, status=HTTPStatus.CREATED, headers=headers, token=created.plaintext)


@router.get(TOKEN, response=TokenOut, operation_id="get_access_token")
@requires(Permission.VIEW_WORKSPACE, headers=["ETag"])
def get_access_token(request: ApiRequest, workspace: Workspace, key_id: KeyId) -> HttpResponse:
    """Get a token.

    The response never contains the secret.
    """
    is_valid, now = KEY_ID_PATTERN.fullmatch(key_id), datetime.now(UTC)
    row = TOKEN_IN_WORKSPACE.get(workspace_id=workspace.pk, key_id=key_id, now=now) if is_valid else None
    if row is None:
        raise Http404
    return token_response(row)


@router.patch(TOKEN, response=TokenOut, operation_id="update_access_token")
@requires(Permission.EDIT_TOKENS, Problem.NOT_ALLOWED, headers=["ETag"])
def update_access_token(
    request: ApiRequest, workspace: Workspace, key_id: KeyId, body: TokenPatch, if_match: IfMatchHeader = None
) -> HttpResponse:
    """Update a token's label, scope or expiry.

    Omitted fields stay as they are.
    """
    token = find_token(workspace, key_id)
    with require_match(request, if_match, token, etag_of):
        return respond(operations.edit(token, by=actor_of(request), **body.token_change()))


@router.delete(TOKEN, response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_access_token")
@requires(Permission.DELETE_TOKENS, permission_for=manage_self_if_own)
def delete_access_token(
    request: ApiRequest, workspace: Workspace, key_id: KeyId, if_match: IfMatchHeader = None
) -> HttpResponse:
    """Delete a token.

    A deleted token can't be restored. Tokens created by it stay. A token can always delete itself.
    """
    token = find_token(workspace, key_id)
    with require_match(request, if_match, token, etag_of):
        operations.delete(token, by=actor_of(request))
    return no_content()


@router.post(TOKEN + "/enable", response=TokenOut, operation_id="enable_access_token")
@requires(Permission.ENABLE_TOKENS, Problem.NOT_ALLOWED, headers=["ETag"])
def enable_access_token(request: ApiRequest, workspace: Workspace, key_id: KeyId) -> HttpResponse:
    """Enable a token.

    The token can authenticate requests again. Does nothing if the token is enabled.
    """
    return respond(operations.enable(find_token(workspace, key_id), by=actor_of(request)))


@router.post(TOKEN + "/disable", response=TokenOut, operation_id="disable_access_token")
@requires(Permission.DISABLE_TOKENS, permission_for=manage_self_if_own, headers=["ETag"])
def disable_access_token(request: ApiRequest, workspace: Workspace, key_id: KeyId) -> HttpResponse:
    """Disable a token.

    It is rejected from the next request on. Does nothing if the token is disabled. A token can always disable itself.
    """
    return respond(operations.disable(find_token(workspace, key_id), by=actor_of(request)))


@router.post(TOKEN + "/rotate", response=NewTokenOut, operation_id="rotate_access_token")
@requires(
    Permission.ROTATE_TOKENS,
    Problem.NOT_ALLOWED,
    Problem.CONFLICT,
    permission_for=manage_self_if_own,
    headers=["ETag"],
)
def rotate_access_token(
    request: ApiRequest,
    workspace: Workspace,
    key_id: KeyId,
    body: RotationIn | None = None,
    idempotency_key: IdempotencyKeyHeader = None,
) -> HttpResponse:
    """Rotate a token's secret.

    Only this response contains the new secret. Key ID, label, scope and expiry stay the same. During the overlap period
    of `overlap_seconds`, the previous secret works too. A token can always rotate itself.
    """
    return rotate(request, find_token(workspace, key_id), body, idempotency_key)


def rotate(request: ApiRequest, token: AccessToken, body: RotationIn | None, key: str | None) -> HttpResponse:
    overlap = timedelta(seconds=body.overlap_seconds if body else 0)

    def find_created(key_id: str) -> NoReturn:
        raise AlreadyCreated(f"This request already rotated “{token.label}”. {NOT_REPEATED}", path=path_of(token))

    created = create_once(
        request,
        key,
        body,
        lambda: operations.rotate(token, by=actor_of(request), overlap=overlap),
        public_id=lambda rotated: rotated.token.key_id,
        find_created=find_created,
    )
    return token_response(TokenRow.from_object(created.token), token=created.plaintext)


@router.delete(TOKEN + "/rotation", response={HTTPStatus.NO_CONTENT: None}, operation_id="end_rotation")
@requires(Permission.ROTATE_TOKENS, permission_for=manage_self_if_own)
def end_rotation(
    request: ApiRequest, workspace: Workspace, key_id: KeyId, if_match: IfMatchHeader = None
) -> HttpResponse:
    """End a rotation's overlap period.

    The previous secret is rejected from the next request on. A token can always end its own overlap period.
    """
    token = find_token(workspace, key_id)
    with require_match(request, if_match, token, etag_of):
        operations.end_rotation(token, by=actor_of(request))
    return no_content()
