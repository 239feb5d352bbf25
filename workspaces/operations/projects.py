"""Operations on projects."""

from django.db import transaction
from django.utils import timezone

from workspaces.actors import Actor
from workspaces.errors import Conflict, field_errors
from workspaces.events import Changes, EventType, record_event
from workspaces.models import Project, Workspace
from workspaces.names import clean_name
from workspaces.operations import lock_workspace_and_refresh_actor, save_new_version
from workspaces.permissions import Permission


@transaction.atomic
def create(workspace: Workspace, name: str, *, by: Actor) -> Project:
    """Create a project. Raises: NotAllowed; ValidationError (name); Conflict if the name is in use."""
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.EDIT_PROJECTS, workspace)
    project = Project.objects.create(workspace=workspace, name=_clean_unused_name(workspace, name))
    _record(EventType.PROJECT_CREATED, project, by=by)
    return project


@transaction.atomic
def rename(project: Project, name: str, *, by: Actor) -> Project:
    """Rename a project.

    Raises: NotAllowed; ValidationError (name); Conflict if the name is in use or the project is archived;
    Project.DoesNotExist.
    """
    project, by = _lock(project, Permission.EDIT_PROJECTS, by=by)
    name = _clean_unused_name(project.workspace, name, exclude=project)
    if name != project.name:
        if project.archived_at:
            raise Conflict(f"{project.name} is archived. Restore it before you rename it.")
        before, project.name = project.name, name
        save_new_version(project, "name")
        _record(EventType.PROJECT_RENAMED, project, by=by, changes={"name": (before, name)})
    return project


@transaction.atomic
def archive(project: Project, *, by: Actor) -> Project:
    """Archive a project. Idempotent. Raises: NotAllowed; Project.DoesNotExist."""
    return _set_archived(project, True, by=by)


@transaction.atomic
def unarchive(project: Project, *, by: Actor) -> Project:
    """Restore an archived project. Idempotent. Raises: NotAllowed; Project.DoesNotExist."""
    return _set_archived(project, False, by=by)


@transaction.atomic
def edit(project: Project, *, by: Actor, name: str | None = None, archived: bool | None = None) -> Project:
    """Rename a project, archive or restore it, or both. It is restored before and archived after it is renamed.

    Raises: NotAllowed; ValidationError (name); Conflict if the name is in use or the project stays archived;
    Project.DoesNotExist.
    """
    project, by = _lock(project, Permission.EDIT_PROJECTS, by=by)
    if archived is False:
        project = unarchive(project, by=by)
    if name is not None:
        project = rename(project, name, by=by)
    return archive(project, by=by) if archived else project


@transaction.atomic
def delete(project: Project, *, by: Actor) -> None:
    """Delete a project. Raises: NotAllowed; Project.DoesNotExist."""
    project, by = _lock(project, Permission.DELETE_PROJECTS, by=by)
    _record(EventType.PROJECT_DELETED, project, by=by)
    project.delete()


def _lock(project: Project, permission: Permission, *, by: Actor) -> tuple[Project, Actor]:
    """Lock the workspace and the project, and check the actor's permission.

    Raises: NotAllowed; Project.DoesNotExist.
    """
    workspace, by = lock_workspace_and_refresh_actor(project.workspace, by)
    by.require(permission, workspace)
    project = Project.objects.select_for_update().get(pk=project.pk)
    project.workspace = workspace
    return project, by


def _clean_unused_name(workspace: Workspace, name: str, *, exclude: Project | None = None) -> str:
    with field_errors("name"):
        name = clean_name(name)
    others = workspace.projects.exclude(pk=exclude.pk) if exclude else workspace.projects
    if project := others.filter(name__iexact=name).first():
        noun = "An archived project" if project.archived_at else "A project"
        raise Conflict(f"{noun} in {workspace.name} is already called “{project.name}”. Choose another name.")
    return name


def _set_archived(project: Project, archived: bool, *, by: Actor) -> Project:
    project, by = _lock(project, Permission.EDIT_PROJECTS, by=by)
    if archived != (project.archived_at is not None):
        project.archived_at = timezone.now() if archived else None
        save_new_version(project, "archived_at")
        _record(EventType.PROJECT_ARCHIVED if archived else EventType.PROJECT_UNARCHIVED, project, by=by)
    return project


def _record(event_type: EventType, project: Project, *, by: Actor, changes: Changes | None = None) -> None:
    record_event(
        event_type,
        by=by,
        workspace=project.workspace,
        subject_id=str(project.pk),
        subject_name=project.name,
        changes=changes,
    )
