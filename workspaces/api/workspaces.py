"""Endpoints to read and delete workspaces. The app of the credentials adds the one that updates them."""

from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from workspaces.api.endpoint_access import requires
from workspaces.api.etags import IfMatchHeader, require_match, version_etag
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.api.responses import no_content
from workspaces.api.schemas.workspaces import WorkspaceOut, WorkspacePage, workspace_out
from workspaces.errors import Conflict
from workspaces.models import Workspace
from workspaces.operations import workspace_deletion
from workspaces.pagination.cursors import PageParameters, get_page, newest_first
from workspaces.permissions import Permission

router = Router(tags=["workspaces"])
WORKSPACE = "/workspaces/{slug}"
WorkspaceName = Annotated[
    str, Query(description="The workspace's exact name, as a confirmation.", examples=["The workspace's name"])
]


def etag_of(workspace: Workspace) -> str:
    return version_etag(workspace.slug, workspace.version)


def respond(response: HttpResponse, workspace: Workspace) -> WorkspaceOut:
    response["ETag"] = etag_of(workspace)
    return workspace_out(workspace)


@router.get("/workspaces", response=WorkspacePage, operation_id="list_workspaces")
@requires(Permission.VIEW_WORKSPACE)
def list_workspaces(request: ApiRequest, parameters: Query[PageParameters]) -> WorkspacePage:
    """List the workspaces of the token.

    A token belongs to exactly one workspace.
    """
    rows = Workspace.objects.filter(pk=request.principal.workspace.pk)
    page, next_cursor = get_page(newest_first(rows), parameters, list_name="workspaces")
    return WorkspacePage(items=[workspace_out(workspace) for workspace in page], next=next_cursor)


@router.get(WORKSPACE, response=WorkspaceOut, operation_id="get_workspace")
@requires(Permission.VIEW_WORKSPACE, headers=["ETag"])
def get_workspace(request: ApiRequest, response: HttpResponse, workspace: Workspace) -> WorkspaceOut:
    """Get a workspace.

    Returns its name and the policies for its tokens.
    """
    return respond(response, Workspace.objects.get(pk=workspace.pk))


@router.delete(WORKSPACE, response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_workspace")
@requires(Permission.DELETE_WORKSPACE, Problem.CONFLICT)
def delete_workspace(
    request: ApiRequest, workspace: Workspace, name: WorkspaceName, if_match: IfMatchHeader = None
) -> HttpResponse:
    """Delete a workspace.

    All its tokens are rejected from the next request on, including the one that sent this request. For 7 days, an Owner
    can restore the workspace in the console. After that, it is deleted permanently.
    """
    if name != workspace.name:
        raise Conflict(f"`name` is not the workspace's name. Send its exact name: {workspace.name}")
    with require_match(request, if_match, workspace, etag_of):
        workspace_deletion.delete_workspace(workspace, by=actor_of(request))
    return no_content()
