"""Changes to projects: permission check, change and event in one transaction."""

from django.core.exceptions import ValidationError
from django.db import transaction

from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import Kind, record
from workspaces.models import Project, Workspace
from workspaces.names import clean_name
from workspaces.operations import lock
from workspaces.permissions import Permission


def _free_name(workspace: Workspace, name: str, *, besides: Project | None = None) -> str:
    try:
        name = clean_name(name)
    except ValidationError as error:
        raise ValidationError({"name": error}) from error
    others = workspace.projects.exclude(pk=besides.pk) if besides else workspace.projects
    if others.filter(name__iexact=name).exists():
        raise Conflict(f"A project called “{name}” is in {workspace.name} already.")
    return name


@transaction.atomic
def create(workspace: Workspace, name: str, *, by: Actor) -> Project:
    """Raises: NotAllowed; ValidationError (name); Conflict, if the name is taken."""
    workspace, by = lock(workspace, by)
    by.require(Permission.EDIT_PROJECTS, workspace)
    project = Project.objects.create(workspace=workspace, name=_free_name(workspace, name))
    record(Kind.PROJECT_CREATED, by=by, workspace=workspace, subject_id=str(project.pk), subject_name=project.name)
    return project


@transaction.atomic
def rename(project: Project, name: str, *, by: Actor) -> Project:
    """Raises: NotAllowed; ValidationError (name); Conflict, if the name is taken; Project.DoesNotExist."""
    workspace, by = lock(project.workspace, by)
    by.require(Permission.EDIT_PROJECTS, workspace)
    project = Project.objects.select_for_update().get(pk=project.pk)
    name = _free_name(workspace, name, besides=project)
    if name != project.name:
        before, project.name = project.name, name
        project.save(update_fields=["name"])
        record(
            Kind.PROJECT_RENAMED,
            by=by,
            workspace=workspace,
            subject_id=str(project.pk),
            subject_name=name,
            changes={"name": (before, name)},
        )
    return project


@transaction.atomic
def delete(project: Project, *, by: Actor) -> None:
    """Raises: NotAllowed; Project.DoesNotExist."""
    workspace, by = lock(project.workspace, by)
    by.require(Permission.DELETE_PROJECTS, workspace)
    project = Project.objects.select_for_update().get(pk=project.pk)
    subject_id = str(project.pk)
    project.delete()
    record(Kind.PROJECT_DELETED, by=by, workspace=workspace, subject_id=subject_id, subject_name=project.name)
