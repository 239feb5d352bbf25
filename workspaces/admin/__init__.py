"""Workspaces, members and events for operators."""

from workspaces.admin.events import EventAdmin
from workspaces.admin.memberships import MembershipAdmin
from workspaces.admin.users import PersonAdmin
from workspaces.admin.workspaces import WorkspaceAdmin

__all__ = ["EventAdmin", "MembershipAdmin", "PersonAdmin", "WorkspaceAdmin"]
