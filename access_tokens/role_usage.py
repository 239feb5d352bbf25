"""Members and tokens that depend on each role of a workspace."""

from dataclasses import dataclass

from django.db.models import Count

from workspaces.models import Workspace
from workspaces.permissions import Role


@dataclass(frozen=True)
class RoleUsage:
    """members: how many members have the role. tokens: how many tokens have it as their scope."""

    role: Role
    is_available: bool
    members: int
    tokens: int


def get_role_usage(workspace: Workspace) -> list[RoleUsage]:
    """Return all roles, from least to most access."""
    members = dict(workspace.memberships.values_list("role").annotate(Count("pk")))
    tokens = dict(workspace.access_tokens.values_list("scope").annotate(Count("pk")))
    return [
        RoleUsage(role, workspace.is_role_available(role), members.get(role, 0), tokens.get(role, 0)) for role in Role
    ]
