"""Locking of the rows that operations check, and saving of versioned rows."""

from typing import Protocol

from django.db.models import BigAutoField

from workspaces.actors import Actor
from workspaces.compiled_queries import CompiledQuery, Parameter, full_row, object_builder
from workspaces.errors import WorkspaceDeleted
from workspaces.models import Workspace

WorkspaceRow = full_row(Workspace)
LOCKED_WORKSPACE = CompiledQuery(
    WorkspaceRow,
    lambda: Workspace.objects.select_for_update(no_key=True).filter(pk=Parameter("pk", BigAutoField())).order_by(),
)
build_workspace = object_builder(Workspace, WorkspaceRow)


def lock_workspace(workspace: Workspace, *, allow_deleted: bool = False) -> Workspace:
    """Return the workspace's current row, locked until the transaction ends.

    Raises: WorkspaceDeleted; Workspace.DoesNotExist.
    """
    row = LOCKED_WORKSPACE.get(pk=workspace.pk)
    if row is None:
        raise Workspace.DoesNotExist
    workspace = build_workspace(row)
    if workspace.deleted_at is not None and not allow_deleted:
        raise WorkspaceDeleted(workspace.name)
    return workspace


def lock_workspace_and_refresh_actor(
    workspace: Workspace, by: Actor, *, allow_deleted: bool = False
) -> tuple[Workspace, Actor]:
    """Return the workspace's current row, locked until the transaction ends, and the actor with its current role.

    Raises: NotAllowed if the actor lost access since the request began; WorkspaceDeleted; Workspace.DoesNotExist.
    """
    locked = lock_workspace(workspace, allow_deleted=True)
    by = by.with_current_role()
    if locked.deleted_at is not None and not allow_deleted:
        raise WorkspaceDeleted(locked.name)
    return locked, by


class Versioned(Protocol):
    """A row with a `version`, from which its ETag is made."""

    version: int

    def save(self, *, update_fields: list[str]) -> None: ...


def save_new_version(row: Versioned, *fields: str) -> None:
    """Save these fields of a changed row and increment its version. The caller has locked the row or its workspace."""
    row.version += 1
    row.save(update_fields=[*fields, "version"])
