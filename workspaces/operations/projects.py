"""Changes to projects: permission check, change and event in one transaction."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import Changes, EventType, record_event
from workspaces.models import Project, Workspace
from workspaces.names import clean_name
from workspaces.operations import lock_workspace_and_refresh_actor, save_new_version
from workspaces.permissions import Permission


def _free_name(workspace: Workspace, name: str, *, besides: Project | None = None) -> str:
    try:
        name = clean_name(name)
    except ValidationError as error:
        raise ValidationError({"name": error}) from error
    others = workspace.projects.exclude(pk=besides.pk) if besides else workspace.projects
    if taken := others.filter(name__iexact=name).first():
        archived = ", archived" if taken.archived_at else ""
        raise Conflict(f"A project called “{taken.name}” is in {workspace.name} already{archived}.")
    return name


@transaction.atomic
def create(workspace: Workspace, name: str, *, by: Actor) -> Project:
    """Raises: NotAllowed; ValidationError (name); Conflict, if the name is taken."""
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.EDIT_PROJECTS, workspace)
    project = Project.objects.create(workspace=workspace, name=_free_name(workspace, name))
    _record(EventType.PROJECT_CREATED, project, by=by)
    return project


@transaction.atomic
def rename(project: Project, name: str, *, by: Actor) -> Project:
    """Raises: NotAllowed; ValidationError (name); Conflict, if the name is taken or it is archived; DoesNotExist."""
    project, by = _locked(project, Permission.EDIT_PROJECTS, by=by)
    name = _free_name(project.workspace, name, besides=project)
    if name != project.name:
        if project.archived_at:
            raise Conflict(f"{project.name} is archived. Restore it before you rename it.")
        before, project.name = project.name, name
        save_new_version(project, "name")
        _record(EventType.PROJECT_RENAMED, project, by=by, changes={"name": (before, name)})
    return project


@transaction.atomic
def archive(project: Project, *, by: Actor) -> Project:
    """Put a project away. Idempotent.

    Raises: NotAllowed; Project.DoesNotExist.
    """
    project, by = _locked(project, Permission.EDIT_PROJECTS, by=by)
    if project.archived_at is None:
        project.archived_at = timezone.now()
        save_new_version(project, "archived_at")
        _record(EventType.PROJECT_ARCHIVED, project, by=by)
    return project


@transaction.atomic
def unarchive(project: Project, *, by: Actor) -> Project:
    """Bring an archived project back. Idempotent.

    Raises: NotAllowed; Project.DoesNotExist.
    """
    project, by = _locked(project, Permission.EDIT_PROJECTS, by=by)
    if project.archived_at is not None:
        project.archived_at = None
        save_new_version(project, "archived_at")
        _record(EventType.PROJECT_UNARCHIVED, project, by=by)
    return project


@transaction.atomic
def edit(project: Project, *, by: Actor, name: str | None = None, archived: bool | None = None) -> Project:
    """Change what is given: brought back first or archived last, so that a name may come with either.

    Raises: NotAllowed; ValidationError (name); Conflict, if the name is taken or it stays archived; DoesNotExist.
    """
    project, by = _locked(project, Permission.EDIT_PROJECTS, by=by)
    if archived is False:
        project = unarchive(project, by=by)
    if name is not None:
        project = rename(project, name, by=by)
    return archive(project, by=by) if archived else project


@transaction.atomic
def delete(project: Project, *, by: Actor) -> None:
    """Raises: NotAllowed; Project.DoesNotExist."""
    project, by = _locked(project, Permission.DELETE_PROJECTS, by=by)
    _record(EventType.PROJECT_DELETED, project, by=by)
    project.delete()


def _locked(project: Project, permission: Permission, *, by: Actor) -> tuple[Project, Actor]:
    """The project's row, locked, with its workspace's, and the actor, who has `permission` there at this moment.

    Raises: NotAllowed; Project.DoesNotExist.
    """
    workspace, by = lock_workspace_and_refresh_actor(project.workspace, by)
    by.require(permission, workspace)
    project = Project.objects.select_for_update().get(pk=project.pk)
    project.workspace = workspace
    return project, by


def _record(event_type: EventType, project: Project, *, by: Actor, changes: Changes | None = None) -> None:
    record_event(
        event_type,
        by=by,
        workspace=project.workspace,
        subject_id=str(project.pk),
        subject_name=project.name,
        changes=changes,
    )
