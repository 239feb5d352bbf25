"""Endpoints to read and delete workspaces. The app of the credentials adds the one that updates them."""

from http import HTTPStatus
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpResponse
from ninja import Query, Router

from workspaces.api.endpoints import json_response, no_content, requires
from workspaces.api.etags import IfMatchHeader, require_match, version_etag
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.api.schemas.workspaces import WorkspaceOut, WorkspacePage
from workspaces.errors import Conflict
from workspaces.models import Workspace
from workspaces.models.workspace import effective_rate_limit
from workspaces.operations import workspace_deletion
from workspaces.pagination.cursors import PageParameters, invalid_cursor
from workspaces.permissions import Permission

router = Router(tags=["workspaces"])
WORKSPACE = "/workspaces/{slug}"
WorkspaceName = Annotated[
    str, Query(description="The workspace's exact name, as a confirmation.", examples=["The workspace's name"])
]


def etag_of(workspace: Workspace) -> str:
    return version_etag(workspace.slug, workspace.version)


def respond(workspace: Workspace) -> HttpResponse:
    return json_response(workspace_fields(workspace), headers={"ETag": etag_of(workspace)})


def workspace_fields(workspace: Workspace) -> dict[str, Any]:
    """Return the fields of `WorkspaceOut`."""
    rate_limit = effective_rate_limit(workspace.rate_limit, settings.RATE_LIMIT, settings.RATE_LIMIT_CEILING)
    return {
        "slug": workspace.slug,
        "name": workspace.name,
        "created_at": workspace.created_at,
        "copy_policy": workspace.copy_policy,
        "requests_per_minute": rate_limit,
        "max_lifetime_days": workspace.max_lifetime_days,
        "non_expiring_allowed": workspace.non_expiring_allowed,
        "default_expiry": workspace.default_expiry,
    }


@router.get("/workspaces", response=WorkspacePage, operation_id="list_workspaces")
@requires(Permission.VIEW_WORKSPACE)
def list_workspaces(request: ApiRequest, parameters: Query[PageParameters]) -> HttpResponse:
    """List the workspaces of the token.

    A token belongs to exactly one workspace.
    """
    if parameters.cursor is not None:
        raise invalid_cursor()
    return json_response({"items": [workspace_fields(request.principal.workspace)], "next": None})


@router.get(WORKSPACE, response=WorkspaceOut, operation_id="get_workspace")
@requires(Permission.VIEW_WORKSPACE, headers=["ETag"])
def get_workspace(request: ApiRequest, workspace: Workspace) -> HttpResponse:
    """Get a workspace.

    Returns its name and the policies for its tokens.
    """
    return respond(workspace)


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
