from ninja import Router

from access_tokens.api.schemas import RolePage, RolesIn, role_out, scope_of
from access_tokens.api.workspaces import workspace_of
from access_tokens.authentication import ApiRequest, actor_of
from access_tokens.roles import dependents
from workspaces.models import Workspace
from workspaces.operations import set_available_roles

router = Router(tags=["roles"])
ROLES = "/workspaces/{slug}/roles"


def _answer(workspace: Workspace) -> RolePage:
    return RolePage(items=[role_out(row) for row in dependents(workspace)], next=None)


@router.get(ROLES, response=RolePage, operation_id="list_roles")
def list_roles(request: ApiRequest, slug: str) -> RolePage:
    """All roles, weakest first: is each available here, and what depends on it."""
    return _answer(workspace_of(request, slug))


@router.put(ROLES, response=RolePage, operation_id="set_available_roles")
def set_roles(request: ApiRequest, slug: str, body: RolesIn) -> RolePage:
    """Choose which roles are available. Tokens whose scope is left out are refused until it is back."""
    chosen = {scope_of(name) for name in body.available}
    return _answer(set_available_roles(workspace_of(request, slug), chosen, by=actor_of(request)))
