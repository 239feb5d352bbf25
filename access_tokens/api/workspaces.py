from http import HTTPStatus

from django.db import transaction
from django.http import HttpResponse
from ninja import Query, Router

from access_tokens import operations
from workspaces.api.etags import IfMatchHeader, etag_of, unless_changed
from workspaces.api.openapi import needs
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of, workspace_of
from workspaces.api.schemas.workspaces import (
    WorkspaceOut,
    WorkspacePage,
    WorkspacePatch,
    expiry_policy_from,
    workspace_out,
)
from workspaces.errors import Conflict
from workspaces.models import CopyPolicy, Workspace
from workspaces.operations import rename_workspace
from workspaces.operations.workspace_deletion import delete_workspace
from workspaces.pagination.cursors import Paging, newest_first, page
from workspaces.permissions import Permission

router = Router(tags=["workspaces"])
WORKSPACE = "/workspaces/{slug}"


def told(response: HttpResponse, workspace: Workspace) -> WorkspaceOut:
    """A workspace as an answer, with the ETag of its version."""
    response["ETag"] = etag_of(workspace)
    return workspace_out(workspace)


@router.get("/workspaces", response=WorkspacePage, operation_id="list_workspaces")
@needs(Permission.VIEW_WORKSPACE)
def list_workspaces(request: ApiRequest, paging: Query[Paging]) -> WorkspacePage:
    """The workspace of the token. A token belongs to exactly one."""
    mine = Workspace.objects.filter(pk=request.principal.workspace.pk)
    items, following = page(newest_first(mine), paging, of="workspaces")
    return WorkspacePage(items=[workspace_out(workspace) for workspace in items], next=following)


@router.get(WORKSPACE, response=WorkspaceOut, operation_id="get_workspace")
@needs(Permission.VIEW_WORKSPACE)
def get_workspace(request: ApiRequest, response: HttpResponse, slug: str) -> WorkspaceOut:
    """One workspace: its name, and what holds for its tokens."""
    return told(response, Workspace.objects.get(pk=workspace_of(request, slug).pk))


@router.patch(WORKSPACE, response=WorkspaceOut, operation_id="update_workspace")
@needs(Permission.RENAME_WORKSPACE)
def update_workspace(
    request: ApiRequest, response: HttpResponse, slug: str, body: WorkspacePatch, if_match: IfMatchHeader = None
) -> WorkspaceOut:
    """Rename the workspace; as Owner, choose the rules for its tokens too. The slug never changes.

    `copy_policy: "show_once"` destroys the encrypted copies of all its tokens at once. This can't be undone.
    `existing_tokens: "cap"` cuts tokens that live longer than the rules allow to the latest expiry that may be chosen,
    or to the default where there is no longest lifetime.
    """
    workspace, by = workspace_of(request, slug), actor_of(request)
    if not body.model_fields_set:
        by.require(Permission.RENAME_WORKSPACE, workspace)
    with unless_changed(request, if_match, lambda: Workspace.objects.get(pk=workspace.pk)), transaction.atomic():
        if "copy_policy" in body.model_fields_set:
            operations.set_copy_policy(workspace, CopyPolicy(body.copy_policy), by=by)
        if "requests_per_minute" in body.model_fields_set:
            operations.set_rate_limit(workspace, body.requests_per_minute, by=by)
        if lifetimes := expiry_policy_from(body):
            operations.set_expiry_policy(workspace, by=by, **lifetimes)
        if "name" in body.model_fields_set:
            rename_workspace(workspace, body.name, by=by)
        return told(response, Workspace.objects.get(pk=workspace.pk))


@router.delete(WORKSPACE, response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_workspace")
@needs(Permission.DELETE_WORKSPACE, Problem.CONFLICT)
def delete(request: ApiRequest, slug: str, name: str, if_match: IfMatchHeader = None) -> HttpResponse:
    """Delete the workspace. From the next call on all its tokens are refused, this one too.

    `name` is the workspace's, as it stands, to be sure. For 7 days its Owners can bring it back, in the console alone;
    then it goes for good.
    """
    workspace, by = workspace_of(request, slug), actor_of(request)
    by.require(Permission.DELETE_WORKSPACE, workspace)
    if name != workspace.name:
        raise Conflict(f"Another name was sent than the workspace has. Send it as it stands: {workspace.name}")
    with unless_changed(request, if_match, lambda: Workspace.objects.get(pk=workspace.pk)):
        delete_workspace(workspace, by=by)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
