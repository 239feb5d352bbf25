"""Deletion of workspaces. A deleted workspace can be restored for `RESTORE_PERIOD`. Then it is purged."""

from django.db import transaction
from django.utils import timezone

from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import EventType, record_workspace_event
from workspaces.models import Workspace
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission


@transaction.atomic
def delete_workspace(workspace: Workspace, *, by: Actor) -> Workspace:
    """Delete a workspace: from the next request on, its tokens are rejected and its pages are closed.

    The caller has checked that the name was entered and, in the console, that the password was confirmed recently.

    Raises: NotAllowed; WorkspaceDeleted if it is already deleted.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.DELETE_WORKSPACE, workspace)
    workspace.deleted_at = timezone.now()
    workspace.save(update_fields=["deleted_at"])
    changes = {"purge_at": (None, _format_purge_at(workspace))}
    record_workspace_event(EventType.WORKSPACE_DELETED, workspace, by=by, changes=changes)
    return workspace


@transaction.atomic
def restore_workspace(workspace: Workspace, *, by: Actor) -> Workspace:
    """Restore a deleted workspace with everything in it. Idempotent.

    Raises: NotAllowed; Conflict if it can no longer be restored.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by, allow_deleted=True)
    by.require(Permission.DELETE_WORKSPACE, workspace)
    if workspace.deleted_at is None:
        return workspace
    if not workspace.is_restorable():
        raise Conflict(f"{workspace.name} was deleted too long ago to be restored.")
    changes = {"purge_at": (_format_purge_at(workspace), None)}
    workspace.deleted_at = None
    workspace.save(update_fields=["deleted_at"])
    record_workspace_event(EventType.WORKSPACE_RESTORED, workspace, by=by, changes=changes)
    return workspace


@transaction.atomic
def purge_workspace(workspace: Workspace, *, by: Actor) -> None:
    """Delete the row of a workspace that can no longer be restored. Its events stay, and its slug is never reused."""
    record_workspace_event(EventType.WORKSPACE_PURGED, workspace, by=by)
    workspace.delete()


def _format_purge_at(workspace: Workspace) -> str | None:
    return workspace.purge_at.isoformat(timespec="seconds") if workspace.purge_at else None
