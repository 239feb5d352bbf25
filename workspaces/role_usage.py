"""How many members and tokens have each role. An Owner sees it before switching a role off."""

from dataclasses import dataclass

from django.db.models import Count

from workspaces.credentials import get_credentials
from workspaces.models import Workspace
from workspaces.permissions import Role


@dataclass(frozen=True)
class RoleUsage:
    """A role, whether it is available, and the numbers of members and tokens that have it."""

    role: Role
    is_available: bool
    members: int
    tokens: int


def get_role_usage(workspace: Workspace) -> list[RoleUsage]:
    """Return all roles, from least to most access."""
    members = dict(workspace.memberships.values_list("role").annotate(Count("pk")))
    tokens = get_credentials().count_by_scope(workspace)
    return [
        RoleUsage(role, workspace.is_role_available(role), members.get(role, 0), tokens.get(role, 0)) for role in Role
    ]
