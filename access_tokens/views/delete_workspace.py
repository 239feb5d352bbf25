"""The dialog that deletes a workspace. Bringing it back is in `workspaces.views.restore_workspace`."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access_tokens.views.workspace_settings import settings_url
from accounts import reauthentication
from workspaces.console.dialogs import redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.forms import ConfirmNameForm, post_data
from workspaces.models import Workspace
from workspaces.operations.workspace_deletion import delete_workspace
from workspaces.permissions import Permission


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.DELETE_WORKSPACE)
def delete(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Ask for the workspace's name (and the password, if the last one is old), then shut it for a week."""
    form = ConfirmNameForm(post_data(request), name=workspace.name)
    if not form.is_bound:
        return _ask(request, workspace, form)
    if not form.is_valid():
        return _ask(request, workspace, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if refusal := reauthentication.confirm(request):
        return _ask(request, workspace, form, password_error=refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    deleted = delete_workspace(workspace, by=request.actor)
    words = f"{deleted.name} is deleted. Until {deleted.purge_at:%Y-%m-%d} it can be brought back here."
    messages.success(request, words)
    return redirect_from_dialog(request, reverse("access_tokens:workspaces"))


def _ask(
    request: ConsoleRequest, workspace: Workspace, form: ConfirmNameForm, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    """The dialog with what would follow. Who has no password is told to set one first."""
    context: dict[str, Any] = {"list_url": settings_url(workspace), "password_before": "a workspace is deleted"}
    needs_password = not reauthentication.is_recent(request)
    if needs_password and not request.user.has_usable_password():
        return render_dialog(request, "access_tokens/no_password.html", context)
    active = workspace.access_tokens.active()
    context |= {
        "form": form,
        "needs_password": needs_password,
        "active": active.count(),
        "last_used_at": active.aggregate(last=Max("last_used_at"))["last"],
        "members": workspace.memberships.count(),
        **more,
    }
    return render_dialog(request, "access_tokens/delete_workspace.html", context, status=status)
