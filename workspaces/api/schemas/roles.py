from ninja import Schema
from pydantic import ConfigDict

from workspaces.api.schemas.common import Page, RequestBody, example, page_example
from workspaces.models import Workspace
from workspaces.permissions import RoleName
from workspaces.role_usage import RoleUsage, get_role_usage

ROLE_EXAMPLE = {
    "role": "viewer",
    "label": "Viewer",
    "description": "Read-only access",
    "available": True,
    "members": 3,
    "tokens": 12,
}


class RoleOut(Schema):
    """A role: whether it is available in the workspace, and how many members and tokens have it."""

    model_config = ConfigDict(json_schema_extra=example(**ROLE_EXAMPLE))

    role: RoleName
    label: str
    description: str
    available: bool
    members: int
    tokens: int


class RolesIn(RequestBody):
    """All roles that are available from now on. `owner` must be one of them."""

    model_config = ConfigDict(json_schema_extra=example(available=["viewer", "team_member", "administrator", "owner"]))

    available: list[RoleName]


class RolePage(Page[RoleOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**ROLE_EXAMPLE))


def role_out(usage: RoleUsage) -> RoleOut:
    return RoleOut(
        role=usage.role.api_name,
        label=usage.role.label,
        description=usage.role.description,
        available=usage.is_available,
        members=usage.members,
        tokens=usage.tokens,
    )


def role_page(workspace: Workspace) -> RolePage:
    return RolePage(items=[role_out(usage) for usage in get_role_usage(workspace)], next=None)
