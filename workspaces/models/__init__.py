from workspaces.models.event import Event
from workspaces.models.membership import Membership
from workspaces.models.project import Project
from workspaces.models.workspace import CopyPolicy, UsedSlug, Workspace

__all__ = ["CopyPolicy", "Event", "Membership", "Project", "UsedSlug", "Workspace"]
