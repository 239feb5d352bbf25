"""For services that receive Latchkey's tokens: introspection (RFC 7662), and a yes or no for gateways."""

from collections.abc import Collection
from functools import lru_cache
from typing import Annotated, NamedTuple
from urllib.parse import parse_qs

from django.conf import settings
from django.http import HttpResponse
from ninja import Form, Query, Router

from access_tokens.api.requests import TokenRequest
from access_tokens.api.schemas.introspection import IntrospectionOut, introspection_of
from access_tokens.api.schemas.tokens import EXAMPLE_SECRET
from access_tokens.authentication.bearer import Principal, Rejection, principal_of
from access_tokens.authentication.usage import usage
from access_tokens.middleware import FORM_ENDPOINT
from access_tokens.models import RejectionReason
from workspaces.api.endpoint_access import requires
from workspaces.api.problems import Problem, not_allowed, other_workspace
from workspaces.errors import NotAllowed
from workspaces.permissions import Permission, Role, RoleName

router = Router(tags=["services"])
MAX_WORKSPACES = 20
MAX_QUERY_LENGTH = 2000
"""Characters of a query of that many workspaces, each of 50, with something to spare."""
API_NAMES_BY_SCOPE = {role.value: role.api_name for role in Role}
API_NAMES = set(API_NAMES_BY_SCOPE.values())
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
    found = principal_of(token)
    if found.row is None or found.row.workspace_id != request.principal.row.workspace_id:
        return IntrospectionOut(active=False)
    if isinstance(found, Rejection):
        if found.reason is not None:
            usage.refuse(found.row.id, found.reason)
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
    return answer_authorize(request.principal, Asked(workspace, Role.from_api_name(scope)))


class Asked(NamedTuple):
    """What a gateway asks: is the token of one of these workspaces, with at least this scope?"""

    workspaces: Collection[str]
    needed: Role


def parse_query(query: str) -> Asked | None:
    """`authorize`'s query, None if it is not as it should be."""
    return _parsed(query) if len(query) <= MAX_QUERY_LENGTH else None


@lru_cache(maxsize=1024)
def _parsed(query: str) -> Asked | None:
    """Gateways ask the same again and again. Anybody may ask: what is kept is bounded, in number and in length."""
    given = parse_qs(query, keep_blank_values=True)
    workspaces, scopes = given.pop("workspace", []), given.pop("scope", ["viewer"])
    if given or len(scopes) != 1 or scopes[0] not in API_NAMES or not 1 <= len(workspaces) <= MAX_WORKSPACES:
        return None
    return Asked(frozenset(workspaces), Role.from_api_name(scopes[0]))


def answer_authorize(principal: Principal, asked: Asked) -> HttpResponse:
    """No body: who it is stands in the headers."""
    row, needed = principal.row, asked.needed
    if row.workspace__slug not in asked.workspaces:
        usage.refuse(row.id, RejectionReason.OTHER_WORKSPACE)
        return other_workspace()
    if row.scope < needed:
        usage.refuse(row.id, RejectionReason.INSUFFICIENT_SCOPE)
        return not_allowed(NotAllowed(f"This needs the scope {needed.or_above}.", required_role=needed))
    headers = {
        "X-Latchkey-Workspace": row.workspace__slug,
        "X-Latchkey-Key-Id": row.key_id,
        "X-Latchkey-Scope": API_NAMES_BY_SCOPE[row.scope],
    }
    return HttpResponse(headers=headers)
