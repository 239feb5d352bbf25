from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.models import Workspace


@require_safe
@workspace_page()
def open_workspace(request: ConsoleRequest, workspace: Workspace) -> HttpResponseBase:
    """A workspace opens on its access tokens."""
    return redirect("access_tokens:list", slug=workspace.slug)
