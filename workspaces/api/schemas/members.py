from datetime import datetime

from ninja import Schema
from pydantic import ConfigDict

from workspaces.api.schemas.common import Page, RequestBody, example, page_example
from workspaces.models import Membership
from workspaces.permissions import Role, RoleName

MEMBER_EXAMPLE = {
    "email": "priya@northwind.example",
    "name": "Priya Raman",
    "role": "workspace_manager",
    "joined_at": "2026-01-12T08:00:00Z",
    "active": True,
}


class MemberOut(Schema):
    """A member of the workspace. `active` is false if an operator deactivated the account."""

    model_config = ConfigDict(json_schema_extra=example(**MEMBER_EXAMPLE))

    email: str
    name: str
    role: RoleName
    joined_at: datetime
    active: bool


class MemberPatch(RequestBody):
    """A member's new role."""

    model_config = ConfigDict(json_schema_extra=example(role="team_member"))

    role: RoleName


class MemberPage(Page[MemberOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**MEMBER_EXAMPLE))


def member_out(member: Membership) -> MemberOut:
    return MemberOut(
        email=member.user.email,
        name=member.user.display_name,
        role=Role(member.role).api_name,
        joined_at=member.joined_at,
        active=member.user.is_active,
    )
