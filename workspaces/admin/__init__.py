"""The admin pages of users, workspaces, memberships and events."""

from workspaces.admin.events import EventAdmin
from workspaces.admin.memberships import MembershipAdmin
from workspaces.admin.users import UserAdmin
from workspaces.admin.workspaces import WorkspaceAdmin

__all__ = ["EventAdmin", "MembershipAdmin", "UserAdmin", "WorkspaceAdmin"]
