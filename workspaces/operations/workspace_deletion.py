"""The end of a workspace: deleted, it may be brought back for a week; then it goes for good."""

from django.db import transaction
from django.utils import timezone

from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import Changes, EventType, record_event
from workspaces.models import Workspace
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission


@transaction.atomic
def delete_workspace(workspace: Workspace, *, by: Actor) -> Workspace:
    """Shut a workspace: its tokens are refused from the next call on, its pages are there for nobody.

    The caller has seen its name typed and, of a person, a fresh password.

    Raises: NotAllowed; WorkspaceDeleted, if it is deleted already.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.DELETE_WORKSPACE, workspace)
    workspace.deleted_at = timezone.now()
    workspace.save(update_fields=["deleted_at"])
    _tell(EventType.WORKSPACE_DELETED, workspace, by=by, changes={"purge_at": (None, _purge_at(workspace))})
    return workspace


@transaction.atomic
def restore_workspace(workspace: Workspace, *, by: Actor) -> Workspace:
    """Bring a deleted workspace back, with everything in it as it was. Idempotent.

    Raises: NotAllowed; Conflict, if its time is over.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by, allow_deleted=True)
    by.require(Permission.DELETE_WORKSPACE, workspace)
    if workspace.deleted_at is None:
        return workspace
    if not workspace.is_restorable():
        raise Conflict(f"{workspace.name} was deleted too long ago: it can't be brought back.")
    before, workspace.deleted_at = _purge_at(workspace), None
    workspace.save(update_fields=["deleted_at"])
    _tell(EventType.WORKSPACE_RESTORED, workspace, by=by, changes={"purge_at": (before, None)})
    return workspace


@transaction.atomic
def purge_workspace(workspace: Workspace, *, by: Actor) -> None:
    """Remove the row of a workspace that is due, and what still hangs on it. Its slug stays used, its events stay."""
    _tell(EventType.WORKSPACE_PURGED, workspace, by=by)
    workspace.delete()


def _purge_at(workspace: Workspace) -> str | None:
    return workspace.purge_at.isoformat(timespec="seconds") if workspace.purge_at else None


def _tell(event_type: EventType, workspace: Workspace, *, by: Actor, changes: Changes | None = None) -> None:
    record_event(
        event_type, by=by, workspace=workspace, subject_id=workspace.slug, subject_name=workspace.name, changes=changes
    )
