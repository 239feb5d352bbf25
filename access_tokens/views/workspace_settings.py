"""Settings: what a workspace is called, which roles it has, the rules for its tokens, and its end.

Every member sees the page: name and slug, what each role may do, how to leave. Forms are there for who may change.
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
from workspaces.operations import rename_workspace, set_available_roles
from workspaces.permissions import Permission, Role, permissions_added_by
from workspaces.role_usage import RoleUsage, get_role_usage

NAMES_OF_POWERS = {
    "rename": Permission.RENAME_WORKSPACE,
    "configure_roles": Permission.CONFIGURE_ROLES,
    "set_copy_policy": Permission.SET_COPY_POLICY,
    "set_rate_limit": Permission.SET_RATE_LIMIT,
    "set_lifetimes": Permission.SET_EXPIRY_POLICY,
    "delete": Permission.DELETE_WORKSPACE,
}

ID_OF_NAME = "workspace_%s"
"""A dialog over the page has a field for a name, too."""


@require_safe
@workspace_page()
def settings_page(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    return page(request, workspace)


def settings_url(workspace: Workspace) -> str:
    return reverse("access_tokens:settings", args=[workspace.slug])


@require_POST
@workspace_page(Permission.RENAME_WORKSPACE)
def rename(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    form = NameForm(request.POST, auto_id=ID_OF_NAME)
    renamed = form.run(lambda name: rename_workspace(workspace, name, by=request.actor))
    if renamed is None:
        return page(request, workspace, name_form=form)
    messages.success(request, "The name is saved.")
    return redirect(settings_url(workspace))


@require_POST
@workspace_page(Permission.CONFIGURE_ROLES)
def roles(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Switch roles on and off. Before tokens stop working for it, say which and ask."""
    chosen = {role for role in Role if role.api_name in request.POST.getlist("roles")} | {Role.OWNER}
    affected = _affected(workspace, chosen)
    holders = any(row.members for row in affected)
    if any(row.tokens for row in affected) and not holders and "confirmed" not in request.POST:
        context = {"affected": affected, "chosen": sorted(chosen)}
        return render_dialog(request, "access_tokens/settings/confirm_roles.html", context)
    try:
        set_available_roles(workspace, chosen, by=request.actor)
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, "The available roles are saved.")
    return redirect_from_dialog(request, settings_url(workspace))


def _affected(workspace: Workspace, chosen: set[Role]) -> list[RoleUsage]:
    """The roles that `chosen` would switch off, with what depends on them."""
    return [row for row in get_role_usage(workspace) if row.is_available and row.role not in chosen]


def encrypted_copies(workspace: Workspace) -> int:
    return workspace.access_tokens.exclude(encrypted_copy=None).count()


def page(request: ConsoleRequest, workspace: Workspace, **refused: Any) -> HttpResponse:
    """The whole page. `refused`: forms that come back as they were filled in, by their names in the template."""
    can = {name: request.membership.has_permission(permission) for name, permission in NAMES_OF_POWERS.items()}
    context = {
        "workspace": workspace,
        "section": "settings",
        "can": can,
        "name_form": NameForm(initial={"name": workspace.name}, auto_id=ID_OF_NAME),
        "powers": [(role, permissions_added_by(role)) for role in Role],
        **(_for_owners(workspace) if can["configure_roles"] else {}),
        **refused,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return render(request, "access_tokens/workspace_settings.html", context, status=status)


def _for_owners(workspace: Workspace) -> dict[str, Any]:
    policy, now = ExpiryPolicy.for_workspace(workspace), timezone.now()
    return {
        "roles": get_role_usage(workspace),
        "copies": encrypted_copies(workspace),
        "rate_limit_form": RateLimitForm(initial={"requests_per_minute": workspace.rate_limit}),
        "rate_limit_default": settings.RATE_LIMIT,
        "rate_limit_ceiling": settings.RATE_LIMIT_CEILING,
        "lifetime_form": ExpiryPolicyForm.of(policy),
        "longer_lived": policy.tokens_exceeding(workspace, now).count() if policy.has_limits else 0,
    }
