"""What the operations share: locking the rows that they check, and saving a changed row as a new version."""

from typing import Protocol

from workspaces.actors import Actor
from workspaces.errors import WorkspaceDeleted
from workspaces.models import Workspace


def lock_workspace(workspace: Workspace, *, allow_deleted: bool = False) -> Workspace:
    """The workspace's row as it is at this moment, locked until the transaction ends.

    Raises: WorkspaceDeleted; Workspace.DoesNotExist.
    """
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if workspace.deleted_at is not None and not allow_deleted:
        raise WorkspaceDeleted(workspace.name)
    return workspace


def lock_workspace_and_refresh_actor(
    workspace: Workspace, by: Actor, *, allow_deleted: bool = False
) -> tuple[Workspace, Actor]:
    """The workspace's row, locked until the transaction ends, and then the actor: both as they are at this moment.

    Raises: NotAllowed, if the actor lost all power meanwhile; WorkspaceDeleted; Workspace.DoesNotExist.
    """
    workspace = lock_workspace(workspace, allow_deleted=True)
    by = by.with_current_role()
    if workspace.deleted_at is not None and not allow_deleted:
        raise WorkspaceDeleted(workspace.name)
    return workspace, by


class Versioned(Protocol):
    """A row whose `version` counts the changes that people and clients make. ETags are made of it."""

    version: int

    def save(self, *, update_fields: list[str]) -> None: ...


def save_new_version(row: Versioned, *fields: str) -> None:
    """Save these fields of a changed row and increment its version. The caller has locked the row or its workspace."""
    row.version += 1
    row.save(update_fields=[*fields, "version"])
