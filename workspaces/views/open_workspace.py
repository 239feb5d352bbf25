"""The start page of a workspace."""

from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.models import Workspace


@require_safe
@workspace_page()
def open_workspace(request: ConsoleRequest, workspace: Workspace) -> HttpResponseBase:
    """Redirect to the first page of a workspace, which the setting WORKSPACE_HOME_URL names."""
    return redirect(settings.WORKSPACE_HOME_URL, slug=workspace.slug)
