from django.http import HttpResponse
from ninja import Router

from workspaces import operations
from workspaces.api.endpoints import requires
from workspaces.api.etags import IfMatchHeader, content_etag, require_match
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.api.schemas.roles import RolePage, RolesIn, role_page
from workspaces.models import Workspace
from workspaces.permissions import Permission, Role

router = Router(tags=["roles"])
ROLES = "/workspaces/{slug}/roles"


def etag_of(workspace: Workspace) -> str:
    return content_etag(role_page(workspace))


def respond(response: HttpResponse, workspace: Workspace) -> RolePage:
    page = role_page(workspace)
    response["ETag"] = content_etag(page)
    return page


@router.get(ROLES, response=RolePage, operation_id="list_roles")
@requires(Permission.VIEW_WORKSPACE, headers=["ETag"])
def list_roles(request: ApiRequest, response: HttpResponse, workspace: Workspace) -> RolePage:
    """List the roles of a workspace.

    Returns all roles, from least to most access, with the numbers of members and tokens that have each.
    """
    return respond(response, workspace)


@router.put(ROLES, response=RolePage, operation_id="set_available_roles")
@requires(Permission.CONFIGURE_ROLES, Problem.CONFLICT, headers=["ETag"])
def set_available_roles(
    request: ApiRequest, response: HttpResponse, workspace: Workspace, body: RolesIn, if_match: IfMatchHeader = None
) -> RolePage:
    """Set the available roles.

    Tokens whose scope is not available are rejected until it is available again. A role that a member has can't be
    switched off.
    """
    roles = {Role.from_api_name(name) for name in body.available}
    with require_match(request, if_match, workspace, etag_of):
        return respond(response, operations.set_available_roles(workspace, roles, by=actor_of(request)))
