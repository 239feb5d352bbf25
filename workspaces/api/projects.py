import uuid
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Status

from workspaces.api.endpoints import no_content, requires
from workspaces.api.etags import IfMatchHeader, require_match, version_etag
from workspaces.api.idempotency_keys import AlreadyCreated, IdempotencyKeyHeader, create_once
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.api.schemas.projects import ProjectIn, ProjectOut, ProjectPage, ProjectPatch, project_out
from workspaces.models import Project, Workspace
from workspaces.operations import projects
from workspaces.pagination.cursors import PageParameters, get_page, newest_first
from workspaces.permissions import Permission

router = Router(tags=["projects"])
PROJECTS = "/workspaces/{slug}/projects"
PROJECT = PROJECTS + "/{project_id}"
ProjectId = Annotated[
    uuid.UUID, Path(description="The project's ID.", examples=["0b5b6d0e-3f43-4a3e-9a0e-6f2f0a2b7c11"])
]
ArchivedFilter = Annotated[
    bool | None,
    Query(description="`true` for archived projects only, `false` for the others only.", examples=[False]),
]


def find_project(workspace: Workspace, project_id: uuid.UUID) -> Project:
    """Raises: Http404 if the workspace has no such project."""
    return get_object_or_404(workspace.projects.select_related("workspace"), pk=project_id)


def etag_of(project: Project) -> str:
    return version_etag(project.pk, project.version)


def respond(response: HttpResponse, project: Project) -> ProjectOut:
    response["ETag"] = etag_of(project)
    return project_out(project)


@router.get(PROJECTS, response=ProjectPage, operation_id="list_projects")
@requires(Permission.VIEW_WORKSPACE)
def list_projects(
    request: ApiRequest, workspace: Workspace, parameters: Query[PageParameters], archived: ArchivedFilter = None
) -> ProjectPage:
    """List the projects of a workspace.

    The newest project comes first.
    """
    rows = workspace.projects.all()
    if archived is not None:
        rows = rows.filter(archived_at__isnull=not archived)
    name = f"projects:{workspace.slug}:{archived}"
    page, next_cursor = get_page(newest_first(rows), parameters, list_name=name)
    return ProjectPage(items=[project_out(project) for project in page], next=next_cursor)


@router.post(PROJECTS, response={HTTPStatus.CREATED: ProjectOut}, operation_id="create_project")
@requires(
    Permission.EDIT_PROJECTS,
    Problem.CONFLICT,
    links=["get_project", "update_project", "delete_project"],
    headers=["ETag", "Location"],
)
def create_project(
    request: ApiRequest,
    response: HttpResponse,
    workspace: Workspace,
    body: ProjectIn,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Status[ProjectOut]:
    """Create a project.

    Names are unique in a workspace, regardless of case. A repeated request with the same idempotency key returns the
    project that the first one created.
    """

    def find_created(project_id: str) -> Project:
        if project := workspace.projects.filter(pk=project_id).first():
            return project
        detail = "The project created with this idempotency key has been deleted. Use a new key to create another one."
        raise AlreadyCreated(detail, path=None)

    project = create_once(
        request,
        idempotency_key,
        body,
        lambda: projects.create(workspace, body.name, by=actor_of(request)),
        public_id=lambda created: str(created.pk),
        find_created=find_created,
    )
    response["Location"] = f"/api/v1{PROJECT.format(slug=workspace.slug, project_id=project.pk)}"
    return Status(HTTPStatus.CREATED, respond(response, project))


@router.get(PROJECT, response=ProjectOut, operation_id="get_project")
@requires(Permission.VIEW_WORKSPACE, headers=["ETag"])
def get_project(request: ApiRequest, response: HttpResponse, workspace: Workspace, project_id: ProjectId) -> ProjectOut:
    """Get a project.

    Works for archived projects too.
    """
    return respond(response, find_project(workspace, project_id))


@router.patch(PROJECT, response=ProjectOut, operation_id="update_project")
@requires(Permission.EDIT_PROJECTS, Problem.CONFLICT, headers=["ETag"])
def update_project(
    request: ApiRequest,
    response: HttpResponse,
    workspace: Workspace,
    project_id: ProjectId,
    body: ProjectPatch,
    if_match: IfMatchHeader = None,
) -> ProjectOut:
    """Rename, archive or restore a project.

    An archived project can't be renamed unless the same request restores it.
    """
    project = find_project(workspace, project_id)
    with require_match(request, if_match, project, etag_of):
        return respond(response, projects.edit(project, by=actor_of(request), name=body.name, archived=body.archived))


@router.delete(PROJECT, response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_project")
@requires(Permission.DELETE_PROJECTS)
def delete_project(
    request: ApiRequest, workspace: Workspace, project_id: ProjectId, if_match: IfMatchHeader = None
) -> HttpResponse:
    """Delete a project.

    A deleted project can't be restored.
    """
    project = find_project(workspace, project_id)
    with require_match(request, if_match, project, etag_of):
        projects.delete(project, by=actor_of(request))
    return no_content()
