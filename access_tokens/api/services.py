"""For services that receive Latchkey's tokens: introspection (RFC 7662), and a yes or no for gateways."""

from typing import Annotated

from django.conf import settings
from django.http import HttpResponse
from ninja import Form, Query, Router

from access_tokens.api.contract import needs
from access_tokens.api.schemas.services import IntrospectionOut, introspection_of
from access_tokens.authentication import Principal, principal_of
from access_tokens.middleware import FORM_ENDPOINT, ApiRequest
from access_tokens.problems import Problem
from access_tokens.usage import usage
from workspaces.errors import NotAllowed
from workspaces.permissions import Permission, Role, RoleName

router = Router(tags=["services"])
TokenParameter = Annotated[str, Form(max_length=4096)]
WorkspaceParameter = Annotated[list[str], Query(min_length=1, max_length=20)]


@router.post(
    "/introspect", response=IntrospectionOut, exclude_none=True, operation_id="introspect", url_name=FORM_ENDPOINT
)
@needs(Permission.MANAGE_ITSELF)
def introspect(request: ApiRequest, token: TokenParameter, token_type_hint: Form[str] = "") -> IntrospectionOut:
    """Is this token good, and what for? Any active token may ask, of tokens of its own workspace (RFC 7662, 2).

    All else, another workspace's token included, is just not active. `token_type_hint` changes nothing: there is one
    type.
    """
    found = principal_of(token)
    if not isinstance(found, Principal) or found.workspace.pk != request.principal.workspace.pk:
        return IntrospectionOut(active=False)
    usage.record(found.token.pk, superseded_until=found.superseded_until)
    return introspection_of(found, issuer=settings.PUBLIC_URL)


@router.get("/authorize", operation_id="authorize")
@needs(Permission.MANAGE_ITSELF, Problem.INSUFFICIENT_SCOPE, Problem.OTHER_WORKSPACE)
def authorize(request: ApiRequest, workspace: WorkspaceParameter, scope: RoleName = "viewer") -> HttpResponse:
    """May this token pass? For nginx `auth_request` and the forward auth of Traefik and Caddy.

    `workspace` names each one whose tokens may pass; `scope` is the least that will do. The answer has no body, and
    says who it is in `X-Latchkey-Workspace`, `X-Latchkey-Key-Id` and `X-Latchkey-Scope`.
    """
    principal = request.principal
    if principal.workspace.slug not in workspace:
        return Problem.OTHER_WORKSPACE.answer("This access token belongs to another workspace.")
    needed = Role.from_wire(scope)
    if principal.scope < needed:
        raise NotAllowed(f"This needs the scope {needed.label} or above.", needed=needed)
    headers = {
        "X-Latchkey-Workspace": principal.workspace.slug,
        "X-Latchkey-Key-Id": principal.token.key_id,
        "X-Latchkey-Scope": principal.scope.wire_name,
    }
    return HttpResponse(headers=headers)
