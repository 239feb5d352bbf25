from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from access_tokens import operations
from access_tokens.api.schemas.tokens import (
    NewTokenOut,
    RotationIn,
    TokenFilter,
    TokenIn,
    TokenOut,
    TokenPage,
    TokenPatch,
    change_of,
    scope_of,
    token_fields,
    token_out,
)
from access_tokens.models import AccessToken, AccessTokenQuerySet
from access_tokens.operations import CreatedToken
from workspaces import idempotency
from workspaces.api.etags import AlreadyCreated, IdempotencyKeyHeader, IfMatchHeader, etag_of, once, unless_changed
from workspaces.api.openapi import needs
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of, without_nul, workspace_of
from workspaces.models import Workspace
from workspaces.pagination.cursors import Paging, page
from workspaces.permissions import Permission

router = Router(tags=["access tokens"])
TOKENS = "/workspaces/{slug}/access-tokens"
TOKEN = TOKENS + "/{key_id}"
AFTER_CREATION = (
    "get_access_token",
    "update_access_token",
    "disable_access_token",
    "enable_access_token",
    "rotate_access_token",
    "end_rotation",
    "delete_access_token",
)
NOT_AGAIN = "Its secret can't be shown again: rotate it if you did not keep it."


def tokens_of(workspace: Workspace) -> AccessTokenQuerySet:
    """The workspace's tokens with all that an answer shows of them, in one query."""
    tokens: AccessTokenQuerySet = workspace.access_tokens.select_related("workspace", "creator", "parent")
    return tokens


def token_of(request: ApiRequest, slug: str, key_id: str) -> AccessToken:
    """Raises: Http404, if there is no such token in the caller's workspace."""
    found: AccessToken = get_object_or_404(tokens_of(workspace_of(request, slug)), key_id=without_nul(key_id))
    return found


def told(response: HttpResponse, token: AccessToken) -> TokenOut:
    """A token as an answer, with the ETag of its version."""
    response["ETag"] = etag_of(token)
    return token_out(token)


def told_once(response: HttpResponse, issued: CreatedToken) -> NewTokenOut:
    """The one answer that holds a secret."""
    response["ETag"] = etag_of(issued.token)
    return NewTokenOut(**token_fields(issued.token), token=issued.plaintext)


def path_of(token: AccessToken) -> str:
    return f"/api/v1{TOKEN.format(slug=token.workspace.slug, key_id=token.key_id)}"


@router.get(TOKENS, response=TokenPage, operation_id="list_access_tokens")
@needs(Permission.VIEW_WORKSPACE)
def list_access_tokens(request: ApiRequest, slug: str, filters: Query[TokenFilter], paging: Query[Paging]) -> TokenPage:
    """Newest first, unless sorted otherwise; with filters, those for which all of them are true."""
    found = filters.found_in(tokens_of(workspace_of(request, slug)))
    given = urlencode(filters.model_dump(mode="json", exclude_none=True))
    items, following = page(found, paging, of=f"access-tokens:{slug}?{given}")
    return TokenPage(items=[token_out(token) for token in items], next=following)


@router.post(TOKENS, response={HTTPStatus.CREATED: NewTokenOut}, operation_id="create_access_token")
@needs(Permission.CREATE_TOKENS, Problem.NOT_ALLOWED, links=AFTER_CREATION)
def create_access_token(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    body: TokenIn,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Status[NewTokenOut]:
    """Make a token. This answer is the only one that holds it."""
    workspace = workspace_of(request, slug)

    def make() -> CreatedToken:
        return operations.create(
            workspace,
            by=actor_of(request),
            label=body.label,
            scope=scope_of(body.scope),
            expires_at=body.expires_at,
        )

    try:
        issued = once(request, idempotency_key, body, make, public_id=lambda made: made.token.key_id)
    except idempotency.DuplicateRequest as duplicate:
        raise _already_created(tokens_of(workspace).filter(key_id=duplicate.result_id).first()) from duplicate
    response["Location"] = path_of(issued.token)
    return Status(HTTPStatus.CREATED, told_once(response, issued))


def _already_created(token: AccessToken | None) -> AlreadyCreated:
    if token is None:
        return AlreadyCreated(
            "This key made a token which has been deleted since. Take a new key for another one.", path=None
        )
    return AlreadyCreated(f"This key made the token “{token.label}” before. {NOT_AGAIN}", path=path_of(token))


@router.get(TOKEN, response=TokenOut, operation_id="get_access_token")
@needs(Permission.VIEW_WORKSPACE)
def get_access_token(request: ApiRequest, response: HttpResponse, slug: str, key_id: str) -> TokenOut:
    """One token, masked as in the list."""
    return told(response, token_of(request, slug, key_id))


@router.patch(TOKEN, response=TokenOut, operation_id="update_access_token")
@needs(Permission.EDIT_TOKENS, Problem.NOT_ALLOWED)
def update_access_token(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    key_id: str,
    body: TokenPatch,
    if_match: IfMatchHeader = None,
) -> TokenOut:
    """Change label, scope or expiry. Fields that are left out stay as they are."""
    token = token_of(request, slug, key_id)
    with unless_changed(request, if_match, lambda: token_of(request, slug, key_id)):
        return told(response, operations.edit(token, by=actor_of(request), **change_of(body)))


@router.delete(TOKEN, response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_access_token")
@needs(Permission.DELETE_TOKENS)
def delete_access_token(request: ApiRequest, slug: str, key_id: str, if_match: IfMatchHeader = None) -> HttpResponse:
    """Remove a token for good. What it made stays. A token may always delete itself."""
    token = token_of(request, slug, key_id)
    with unless_changed(request, if_match, lambda: token_of(request, slug, key_id)):
        operations.delete(token, by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@router.post(TOKEN + "/enable", response=TokenOut, operation_id="enable_access_token")
@needs(Permission.ENABLE_TOKENS, Problem.NOT_ALLOWED)
def enable_access_token(request: ApiRequest, response: HttpResponse, slug: str, key_id: str) -> TokenOut:
    """Let a disabled token authenticate again."""
    return told(response, operations.enable(token_of(request, slug, key_id), by=actor_of(request)))


@router.post(TOKEN + "/disable", response=TokenOut, operation_id="disable_access_token")
@needs(Permission.DISABLE_TOKENS)
def disable_access_token(request: ApiRequest, response: HttpResponse, slug: str, key_id: str) -> TokenOut:
    """Stop a token from authenticating, from the next call on. A token may always disable itself."""
    return told(response, operations.disable(token_of(request, slug, key_id), by=actor_of(request)))


@router.post(TOKEN + "/rotate", response=NewTokenOut, operation_id="rotate_access_token")
@needs(Permission.ROTATE_TOKENS, Problem.NOT_ALLOWED, Problem.CONFLICT)
def rotate_access_token(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    key_id: str,
    body: RotationIn | None = None,
    idempotency_key: IdempotencyKeyHeader = None,
) -> NewTokenOut:
    """Give a token a new secret, which stands in this answer alone. A token may always rotate itself.

    Label, scope and expiry stay. For `overlap_seconds` the old secret works too.
    """
    return rotated(request, response, token_of(request, slug, key_id), body, idempotency_key)


def rotated(
    request: ApiRequest, response: HttpResponse, token: AccessToken, body: RotationIn | None, key: str | None
) -> NewTokenOut:
    overlap = timedelta(seconds=body.overlap_seconds if body else 0)
    try:
        issued = once(
            request,
            key,
            body,
            lambda: operations.rotate(token, by=actor_of(request), overlap=overlap),
            public_id=lambda made: made.token.key_id,
        )
    except idempotency.DuplicateRequest as duplicate:
        words = f"This key rotated the token “{token.label}” before. {NOT_AGAIN}"
        raise AlreadyCreated(words, path=path_of(token)) from duplicate
    return told_once(response, issued)


@router.delete(TOKEN + "/rotation", response={HTTPStatus.NO_CONTENT: None}, operation_id="end_rotation")
@needs(Permission.ROTATE_TOKENS)
def end_rotation(request: ApiRequest, slug: str, key_id: str, if_match: IfMatchHeader = None) -> HttpResponse:
    """End a rotation's overlap: the old secret stops, from the next call on. A token may always end its own."""
    token = token_of(request, slug, key_id)
    with unless_changed(request, if_match, lambda: token_of(request, slug, key_id)):
        operations.end_rotation(token, by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
