"""Endpoints for services that receive access tokens: introspection (RFC 7662), and forward authentication."""

from collections.abc import Collection
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, NamedTuple

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpResponse, QueryDict
from ninja import Form, Query, Router

from access_tokens.api.requests import TokenRequest
from access_tokens.api.schemas.introspection import IntrospectionOut, introspection_of
from access_tokens.api.schemas.tokens import EXAMPLE_SECRET
from access_tokens.authentication.request_auth import Principal, Rejection, authenticate_token
from access_tokens.authentication.usage import usage
from access_tokens.models import RejectionReason
from workspaces.api.endpoints import PlainResponse, requires
from workspaces.api.problems import Problem, not_allowed, other_workspace
from workspaces.errors import NotAllowed
from workspaces.permissions import Permission, Role, RoleName

router = Router(tags=["services"])
FORM_ENDPOINT = "introspect"
"""The name of the only URL that takes a form instead of JSON (RFC 7662, section 2.1)."""
MAX_WORKSPACES = 20
MAX_QUERY_LENGTH = 2000
"""Characters of a query that the fast path parses: enough for the maximum number of workspaces."""
API_NAMES = {role.value: role.api_name for role in Role}
SCOPES = set(API_NAMES.values())
TokenParameter = Annotated[str, Form()]
WorkspaceParameter = Annotated[
    list[str],
    Query(
        min_length=1,
        max_length=MAX_WORKSPACES,
        description="The slug of a workspace whose tokens are accepted. Can be repeated.",
        examples=[["northwind"]],
    ),
]
ScopeParameter = Annotated[RoleName, Query(description="The minimum scope.", examples=["viewer"])]
FORM_EXAMPLE = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "example": {"token": EXAMPLE_SECRET, "token_type_hint": "access_token"},
            }
        }
    }
}


@router.post(
    "/introspect",
    response=IntrospectionOut,
    exclude_none=True,
    operation_id="introspect",
    url_name=FORM_ENDPOINT,
    openapi_extra=FORM_EXAMPLE,
)
@requires(Permission.MANAGE_SELF)
def introspect(request: TokenRequest, token: TokenParameter, token_type_hint: Form[str] = "") -> IntrospectionOut:
    """Introspect a token.

    Follows RFC 7662. Returns `active: false` and nothing else for a token that is not active, belongs to another
    workspace or doesn't exist. `token_type_hint` is ignored. Any token can introspect tokens of its workspace.
    """
    found = authenticate_token(token)
    if found.row is None or found.row.workspace__id != request.principal.row.workspace__id:
        return IntrospectionOut(active=False)
    if isinstance(found, Rejection):
        if found.reason is not None:
            usage.record_rejection(found.row.id, found.reason)
        return IntrospectionOut(active=False)
    usage.record(found.row.id, previous_secret_expires_at=found.previous_secret_expires_at)
    return introspection_of(found, issuer=settings.PUBLIC_URL)


@router.get("/authorize", operation_id="authorize")
@requires(
    Permission.MANAGE_SELF,
    Problem.INSUFFICIENT_SCOPE,
    Problem.OTHER_WORKSPACE,
    headers=["X-Latchkey-Workspace", "X-Latchkey-Key-Id", "X-Latchkey-Scope"],
)
def authorize(request: TokenRequest, workspace: WorkspaceParameter, scope: ScopeParameter = "viewer") -> HttpResponse:
    """Authorize a request that a gateway received.

    For forward authentication with nginx (`auth_request`), Traefik and Caddy. The response has no body. Its headers
    identify the token.
    """
    response = authorize_response(request.principal, AuthorizeQuery(workspace, Role.from_api_name(scope)))
    return response.to_django() if isinstance(response, PlainResponse) else response


class AuthorizeQuery(NamedTuple):
    """The workspaces whose tokens can pass, and the scope they need at least."""

    workspaces: Collection[str]
    scope: Role


def parse_query(query: str) -> AuthorizeQuery | None:
    """Parse the query string of `authorize`. Return None if it is invalid, long or not ASCII."""
    return _parse_cached(query) if len(query) <= MAX_QUERY_LENGTH and query.isascii() else None


@lru_cache(maxsize=1024)
def _parse_cached(query: str) -> AuthorizeQuery | None:
    """A gateway sends the same few queries all the time. Clients can send others, so number and length are limited."""
    try:
        given = dict(QueryDict(query).lists())
    except TooManyFieldsSent:
        return None
    workspaces, scopes = given.pop("workspace", []), given.pop("scope", ["viewer"])
    if given or len(scopes) != 1 or scopes[0] not in SCOPES or not 1 <= len(workspaces) <= MAX_WORKSPACES:
        return None
    return AuthorizeQuery(frozenset(map(str, workspaces)), Role.from_api_name(str(scopes[0])))


def authorize_response(principal: Principal, query: AuthorizeQuery) -> PlainResponse | HttpResponse:
    """Return the empty response of `authorize`, or 403."""
    row = principal.row
    if row.workspace__slug not in query.workspaces:
        usage.record_rejection(row.id, RejectionReason.OTHER_WORKSPACE)
        return other_workspace()
    if row.scope < query.scope:
        usage.record_rejection(row.id, RejectionReason.INSUFFICIENT_SCOPE)
        detail = f"This needs the scope {query.scope.or_above}."
        return not_allowed(NotAllowed(detail, required_role=query.scope))
    headers = {
        "X-Latchkey-Workspace": row.workspace__slug,
        "X-Latchkey-Key-Id": row.key_id,
        "X-Latchkey-Scope": API_NAMES[row.scope],
    }
    return PlainResponse(HTTPStatus.OK, headers)
