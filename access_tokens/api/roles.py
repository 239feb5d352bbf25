from django.http import HttpResponse
from ninja import Router

from access_tokens.api.schemas.tokens import scope_of
from access_tokens.role_usage import get_role_usage
from workspaces.api.etags import IfMatchHeader, etag_of, unless_changed
from workspaces.api.openapi import needs
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of, workspace_of
from workspaces.api.schemas.workspaces import RolePage, RolesIn, role_out
from workspaces.models import Workspace
from workspaces.operations import set_available_roles
from workspaces.permissions import Permission

router = Router(tags=["roles"])
ROLES = "/workspaces/{slug}/roles"


def _page(workspace: Workspace) -> RolePage:
    return RolePage(items=[role_out(row) for row in get_role_usage(workspace)], next=None)


def _answer(response: HttpResponse, workspace: Workspace) -> RolePage:
    page = _page(workspace)
    response["ETag"] = etag_of(page)
    return page


@router.get(ROLES, response=RolePage, operation_id="list_roles")
@needs(Permission.VIEW_WORKSPACE)
def list_roles(request: ApiRequest, response: HttpResponse, slug: str) -> RolePage:
    """All roles, weakest first: is each available here, and what depends on it."""
    return _answer(response, workspace_of(request, slug))


@router.put(ROLES, response=RolePage, operation_id="set_available_roles")
@needs(Permission.CONFIGURE_ROLES, Problem.CONFLICT)
def set_roles(
    request: ApiRequest, response: HttpResponse, slug: str, body: RolesIn, if_match: IfMatchHeader = None
) -> RolePage:
    """Choose which roles are available. Tokens whose scope is left out are refused until it is back."""
    workspace, chosen = workspace_of(request, slug), {scope_of(name) for name in body.available}
    with unless_changed(request, if_match, lambda: _page(Workspace.objects.get(pk=workspace.pk))):
        return _answer(response, set_available_roles(workspace, chosen, by=actor_of(request)))
