from workspaces.models.event import Event
from workspaces.models.idempotency import IdempotencyKey
from workspaces.models.invitation import Invitation
from workspaces.models.membership import Membership
from workspaces.models.project import Project
from workspaces.models.workspace import CopyPolicy, UsedSlug, Workspace

__all__ = ["CopyPolicy", "Event", "IdempotencyKey", "Invitation", "Membership", "Project", "UsedSlug", "Workspace"]
