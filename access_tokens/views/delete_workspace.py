"""The dialog that deletes a workspace. `workspaces.views.restore_workspace` restores it."""

from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access_tokens.views.workspace_settings import settings_url
from accounts import reauthentication
from workspaces.console.dialogs import redirect_from_dialog, render_password_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.forms import ConfirmNameForm, post_data
from workspaces.models import Workspace
from workspaces.operations.workspace_deletion import delete_workspace
from workspaces.permissions import Permission


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.DELETE_WORKSPACE)
def delete(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Ask for the workspace's name and, if needed, the password, then delete the workspace."""
    form = ConfirmNameForm(post_data(request), name=workspace.name)
    if not (form.is_bound and form.is_valid()):
        return _dialog(request, workspace, form)
    if password_error := reauthentication.confirm(request):
        return _dialog(request, workspace, form, password_error=password_error)
    deleted = delete_workspace(workspace, by=request.actor)
    message = f"{deleted.name} was deleted. You can restore it here until {deleted.purge_at:%Y-%m-%d %H:%M} UTC."
    messages.success(request, message)
    return redirect_from_dialog(request, reverse("access_tokens:workspaces"))


def _dialog(
    request: ConsoleRequest, workspace: Workspace, form: ConfirmNameForm, *, password_error: str = ""
) -> HttpResponse:
    active = workspace.access_tokens.active()
    context: dict[str, Any] = {
        "form": form,
        "active_token_count": active.count(),
        "last_used_at": active.aggregate(last=Max("last_used_at"))["last"],
        "member_count": workspace.memberships.count(),
        "list_url": settings_url(workspace),
    }
    return render_password_dialog(
        request, "access_tokens/delete_workspace.html", context, password_error=password_error
    )
