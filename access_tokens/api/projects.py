import uuid
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Status

from access_tokens.api.paging import DEFAULT_LIMIT, Limit, page
from access_tokens.api.schemas import ProjectIn, ProjectOut, ProjectPage, ProjectPatch, project_out
from access_tokens.api.workspaces import workspace_of
from access_tokens.authentication import ApiRequest, actor_of
from workspaces import projects
from workspaces.models import Project

router = Router(tags=["projects"])
PROJECTS = "/workspaces/{slug}/projects"
PROJECT = PROJECTS + "/{project_id}"


def project_of(request: ApiRequest, slug: str, project_id: uuid.UUID) -> Project:
    """Raises: Http404, if there is no such project in the caller's workspace."""
    return get_object_or_404(workspace_of(request, slug).projects.select_related("workspace"), pk=project_id)


@router.get(PROJECTS, response=ProjectPage, operation_id="list_projects")
def list_projects(
    request: ApiRequest,
    slug: str,
    archived: bool | None = None,
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ProjectPage:
    """The workspace's projects, newest first; only those that are archived, or are not, if `archived` is given."""
    rows = workspace_of(request, slug).projects.all()
    if archived is not None:
        rows = rows.filter(archived_at__isnull=not archived)
    items, following = page(rows, cursor=cursor, limit=limit, of=f"projects:{slug}")
    return ProjectPage(items=[project_out(project) for project in items], next=following)


@router.post(PROJECTS, response={HTTPStatus.CREATED: ProjectOut}, operation_id="create_project")
def create_project(request: ApiRequest, slug: str, body: ProjectIn) -> Status[ProjectOut]:
    project = projects.create(workspace_of(request, slug), body.name, by=actor_of(request))
    return Status(HTTPStatus.CREATED, project_out(project))


@router.get(PROJECT, response=ProjectOut, operation_id="get_project")
def get_project(request: ApiRequest, slug: str, project_id: uuid.UUID) -> ProjectOut:
    return project_out(project_of(request, slug, project_id))


@router.patch(PROJECT, response=ProjectOut, operation_id="update_project")
def update_project(request: ApiRequest, slug: str, project_id: uuid.UUID, body: ProjectPatch) -> ProjectOut:
    """Rename a project, archive it, or bring it back."""
    project = project_of(request, slug, project_id)
    return project_out(projects.edit(project, by=actor_of(request), name=body.name, archived=body.archived))


@router.delete(PROJECT, response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_project")
def delete_project(request: ApiRequest, slug: str, project_id: uuid.UUID) -> HttpResponse:
    projects.delete(project_of(request, slug, project_id), by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
