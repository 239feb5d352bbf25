"""The roles of a workspace, with what depends on each: what an Owner sees before one is switched off."""

from dataclasses import dataclass

from django.db.models import Count

from workspaces.models import Workspace
from workspaces.permissions import Role


@dataclass(frozen=True)
class RoleUsage:
    """A role, whether it is available, and how many members have it and tokens have it as their scope."""

    role: Role
    is_available: bool
    members: int
    tokens: int


def get_role_usage(workspace: Workspace) -> list[RoleUsage]:
    """All roles, weakest first."""
    members = dict(workspace.memberships.values_list("role").annotate(Count("pk")))
    tokens = dict(workspace.access_tokens.values_list("scope").annotate(Count("pk")))
    return [
        RoleUsage(role, workspace.is_role_available(role), members.get(role, 0), tokens.get(role, 0)) for role in Role
    ]
