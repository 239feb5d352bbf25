"""Restoring a deleted workspace."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.errors import Conflict
from workspaces.models import Workspace
from workspaces.operations.workspace_deletion import restore_workspace
from workspaces.permissions import Permission


@require_POST
@workspace_page(Permission.DELETE_WORKSPACE, allow_deleted=True)
def restore(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Restore a deleted workspace. Raises: Http404 if it can no longer be restored."""
    try:
        restore_workspace(workspace, by=request.actor)
    except Conflict as conflict:
        raise Http404(conflict.message) from conflict
    messages.success(request, f"Restored {workspace.name}. Its tokens work again.")
    return redirect("workspaces:open", slug=workspace.slug)
