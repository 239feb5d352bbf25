import uuid
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from workspaces import idempotency
from workspaces.api.etags import AlreadyCreated, IdempotencyKeyHeader, IfMatchHeader, etag_of, once, unless_changed
from workspaces.api.openapi import needs
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of, workspace_of
from workspaces.api.schemas.workspaces import ProjectIn, ProjectOut, ProjectPage, ProjectPatch, project_out
from workspaces.models import Project
from workspaces.operations import projects
from workspaces.pagination.cursors import Paging, newest_first, page
from workspaces.permissions import Permission

router = Router(tags=["projects"])
PROJECTS = "/workspaces/{slug}/projects"
PROJECT = PROJECTS + "/{project_id}"


def project_of(request: ApiRequest, slug: str, project_id: uuid.UUID) -> Project:
    """Raises: Http404, if there is no such project in the caller's workspace."""
    return get_object_or_404(workspace_of(request, slug).projects.select_related("workspace"), pk=project_id)


def told(response: HttpResponse, project: Project) -> ProjectOut:
    """A project as an answer, with the ETag of its version."""
    response["ETag"] = etag_of(project)
    return project_out(project)


@router.get(PROJECTS, response=ProjectPage, operation_id="list_projects")
@needs(Permission.VIEW_WORKSPACE)
def list_projects(request: ApiRequest, slug: str, paging: Query[Paging], archived: bool | None = None) -> ProjectPage:
    """The workspace's projects, newest first; only those that are archived, or are not, if `archived` is given."""
    rows = workspace_of(request, slug).projects.all()
    if archived is not None:
        rows = rows.filter(archived_at__isnull=not archived)
    items, following = page(newest_first(rows), paging, of=f"projects:{slug}?archived={archived}")
    return ProjectPage(items=[project_out(project) for project in items], next=following)


@router.post(PROJECTS, response={HTTPStatus.CREATED: ProjectOut}, operation_id="create_project")
@needs(Permission.EDIT_PROJECTS, Problem.CONFLICT, links=("get_project", "update_project", "delete_project"))
def create_project(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    body: ProjectIn,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Status[ProjectOut]:
    """Make a project. Its name is free in the workspace, whatever its case."""
    workspace = workspace_of(request, slug)
    try:
        project = once(
            request,
            idempotency_key,
            body,
            lambda: projects.create(workspace, body.name, by=actor_of(request)),
            public_id=lambda made: str(made.pk),
        )
    except idempotency.DuplicateRequest as duplicate:
        found = workspace.projects.filter(pk=duplicate.result_id).first()
        if found is None:
            words = "This key made a project which has been deleted since. Take a new key for another one."
            raise AlreadyCreated(words, path=None) from duplicate
        project = found
    response["Location"] = f"/api/v1{PROJECT.format(slug=slug, project_id=project.pk)}"
    return Status(HTTPStatus.CREATED, told(response, project))


@router.get(PROJECT, response=ProjectOut, operation_id="get_project")
@needs(Permission.VIEW_WORKSPACE)
def get_project(request: ApiRequest, response: HttpResponse, slug: str, project_id: uuid.UUID) -> ProjectOut:
    """One project."""
    return told(response, project_of(request, slug, project_id))


@router.patch(PROJECT, response=ProjectOut, operation_id="update_project")
@needs(Permission.EDIT_PROJECTS, Problem.CONFLICT)
def update_project(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    project_id: uuid.UUID,
    body: ProjectPatch,
    if_match: IfMatchHeader = None,
) -> ProjectOut:
    """Rename a project, archive it, or bring it back."""
    project = project_of(request, slug, project_id)
    with unless_changed(request, if_match, lambda: project_of(request, slug, project_id)):
        edited = projects.edit(project, by=actor_of(request), name=body.name, archived=body.archived)
        return told(response, edited)


@router.delete(PROJECT, response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_project")
@needs(Permission.DELETE_PROJECTS)
def delete_project(
    request: ApiRequest, slug: str, project_id: uuid.UUID, if_match: IfMatchHeader = None
) -> HttpResponse:
    """Remove a project for good."""
    project = project_of(request, slug, project_id)
    with unless_changed(request, if_match, lambda: project_of(request, slug, project_id)):
        projects.delete(project, by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
