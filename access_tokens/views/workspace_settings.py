"""The settings page: name, available roles, token policies, leaving and deleting the workspace.

Every member can open the page. The forms are shown to members who can change the setting.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from access_tokens.expiry_policy import ExpiryPolicy
from access_tokens.forms import ExpiryPolicyForm, RateLimitForm
from workspaces.console.dialogs import redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.errors import Conflict
from workspaces.forms import NameForm
from workspaces.models import Workspace
from workspaces.models.workspace import MAX_LIFETIME_DAYS
from workspaces.operations import rename_workspace, set_available_roles
from workspaces.permissions import Permission, Role, permissions_added_by, permissions_of
from workspaces.role_usage import get_role_usage

NAME_FIELD_ID = "workspace_%s"
"""Differs from the ID of the name field in a dialog on the same page."""


@require_safe
@workspace_page()
def settings_page(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    return settings_page_response(request, workspace)


@require_POST
@workspace_page(Permission.RENAME_WORKSPACE)
def rename(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    form = NameForm(request.POST, auto_id=NAME_FIELD_ID)
    renamed = form.run(lambda name: rename_workspace(workspace, name, by=request.actor))
    if renamed is None:
        return settings_page_response(request, workspace, name_form=form)
    messages.success(request, "The workspace was renamed.")
    return redirect(settings_url(workspace))


@require_POST
@workspace_page(Permission.CONFIGURE_ROLES)
def roles(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Set the available roles. Ask for confirmation before tokens stop working because their scope is switched off."""
    chosen = {role for role in Role if role.api_name in request.POST.getlist("roles")} | {Role.OWNER}
    switched_off = [row for row in get_role_usage(workspace) if row.is_available and row.role not in chosen]
    has_tokens, has_members = any(row.tokens for row in switched_off), any(row.members for row in switched_off)
    if has_tokens and not has_members and "confirmed" not in request.POST:
        context = {"switched_off": switched_off, "chosen": sorted(chosen), "list_url": settings_url(workspace)}
        return render_dialog(request, "access_tokens/settings/confirm_roles.html", context)
    try:
        set_available_roles(workspace, chosen, by=request.actor)
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, "The available roles were changed.")
    return redirect_from_dialog(request, settings_url(workspace))


def settings_url(workspace: Workspace) -> str:
    return reverse("access_tokens:settings", args=[workspace.slug])


def settings_page_response(request: ConsoleRequest, workspace: Workspace, **invalid_forms: Any) -> HttpResponse:
    """Render the page. `invalid_forms` replace the forms of the same name, with the submitted values and errors."""
    permissions = permissions_of(request.actor.role)
    context = {
        "workspace": workspace,
        "section": "settings",
        "permissions": permissions,
        "name_form": NameForm(initial={"name": workspace.name}, auto_id=NAME_FIELD_ID),
        "permissions_by_role": [(role, permissions_added_by(role)) for role in Role],
        **(_owner_context(workspace) if Permission.CONFIGURE_ROLES in permissions else {}),
        **invalid_forms,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if invalid_forms else HTTPStatus.OK
    return render(request, "access_tokens/workspace_settings.html", context, status=status)


def _owner_context(workspace: Workspace) -> dict[str, Any]:
    """Return what the sections that only Owners see need."""
    policy = ExpiryPolicy.for_workspace(workspace)
    exceeding = policy.tokens_exceeding(workspace, timezone.now())
    return {
        "roles": get_role_usage(workspace),
        "copy_count": count_encrypted_copies(workspace),
        "rate_limit_form": RateLimitForm(initial={"requests_per_minute": workspace.rate_limit}),
        "default_rate_limit": settings.RATE_LIMIT,
        "max_rate_limit": settings.RATE_LIMIT_CEILING,
        "expiry_policy_form": ExpiryPolicyForm.for_policy(policy),
        "max_lifetime_days": MAX_LIFETIME_DAYS,
        "exceeding_count": exceeding.count() if policy.has_limits else 0,
    }


def count_encrypted_copies(workspace: Workspace) -> int:
    return workspace.access_tokens.exclude(encrypted_copy=None).count()
