from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from access_tokens import operations
from access_tokens.api.paging import DEFAULT_LIMIT, Limit, page
from access_tokens.api.schemas import (
    NewTokenOut,
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
from access_tokens.api.workspaces import workspace_of
from access_tokens.authentication import ApiRequest, actor_of
from access_tokens.models import AccessToken, AccessTokenQuerySet
from workspaces.models import Workspace

router = Router(tags=["access tokens"])
TOKENS = "/workspaces/{slug}/access-tokens"
TOKEN = TOKENS + "/{key_id}"


def tokens_of(workspace: Workspace) -> AccessTokenQuerySet:
    """The workspace's tokens with all that an answer shows of them, in one query."""
    tokens: AccessTokenQuerySet = workspace.access_tokens.select_related("workspace", "creator", "parent")
    return tokens


def token_of(request: ApiRequest, slug: str, key_id: str) -> AccessToken:
    """Raises: Http404, if there is no such token in the caller's workspace."""
    found: AccessToken = get_object_or_404(tokens_of(workspace_of(request, slug)), key_id=key_id.replace("\0", ""))
    return found


@router.get(TOKENS, response=TokenPage, operation_id="list_access_tokens")
def list_access_tokens(
    request: ApiRequest,
    slug: str,
    filters: Query[TokenFilter],
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> TokenPage:
    """Newest first; with filters, those for which all of them are true."""
    tokens = filters.found_in(tokens_of(workspace_of(request, slug)))
    items, following = page(tokens, cursor=cursor, limit=limit, of=f"access-tokens:{slug}")
    return TokenPage(items=[token_out(token) for token in items], next=following)


@router.post(TOKENS, response={HTTPStatus.CREATED: NewTokenOut}, operation_id="create_access_token")
def create_access_token(request: ApiRequest, slug: str, body: TokenIn) -> Status[NewTokenOut]:
    """Make a token. This answer is the only one that holds it."""
    workspace = workspace_of(request, slug)
    issued = operations.issue(
        workspace,
        by=actor_of(request),
        label=body.label,
        scope=scope_of(body.scope),
        expires_at=body.expires_at,
    )
    return Status(HTTPStatus.CREATED, NewTokenOut(**token_fields(issued.token), token=issued.plaintext))


@router.get(TOKEN, response=TokenOut, operation_id="get_access_token")
def get_access_token(request: ApiRequest, slug: str, key_id: str) -> TokenOut:
    return token_out(token_of(request, slug, key_id))


@router.patch(TOKEN, response=TokenOut, operation_id="update_access_token")
def update_access_token(request: ApiRequest, slug: str, key_id: str, body: TokenPatch) -> TokenOut:
    """Fields that are left out stay as they are."""
    return token_out(operations.edit(token_of(request, slug, key_id), by=actor_of(request), **change_of(body)))


@router.delete(TOKEN, response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_access_token")
def delete_access_token(request: ApiRequest, slug: str, key_id: str) -> HttpResponse:
    operations.delete(token_of(request, slug, key_id), by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@router.post(TOKEN + "/enable", response=TokenOut, operation_id="enable_access_token")
def enable_access_token(request: ApiRequest, slug: str, key_id: str) -> TokenOut:
    return token_out(operations.enable(token_of(request, slug, key_id), by=actor_of(request)))


@router.post(TOKEN + "/disable", response=TokenOut, operation_id="disable_access_token")
def disable_access_token(request: ApiRequest, slug: str, key_id: str) -> TokenOut:
    """Stop a token from authenticating, from the next call on. A token may always disable itself."""
    return token_out(operations.disable(token_of(request, slug, key_id), by=actor_of(request)))
