from django.http import Http404
from ninja import Router

from access_tokens.api.schemas import WorkspaceOut, WorkspacePage, workspace_out
from access_tokens.authentication import ApiRequest
from workspaces.models import Workspace

router = Router(tags=["workspaces"])


def workspace_of(request: ApiRequest, slug: str) -> Workspace:
    """The token's own workspace, if `slug` names it. Every scope may see it.

    Raises: Http404, for any other workspace, be there one or not.
    """
    workspace = request.principal.workspace
    if workspace.slug != slug:
        raise Http404
    return workspace


@router.get("/workspaces", response=WorkspacePage, operation_id="list_workspaces")
def list_workspaces(request: ApiRequest) -> WorkspacePage:
    """The workspace of the token. A token belongs to exactly one."""
    return WorkspacePage(items=[workspace_out(request.principal.workspace)], next=None)


@router.get("/workspaces/{slug}", response=WorkspaceOut, operation_id="get_workspace")
def get_workspace(request: ApiRequest, slug: str) -> WorkspaceOut:
    return workspace_out(workspace_of(request, slug))
