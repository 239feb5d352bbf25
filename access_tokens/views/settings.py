"""What Owners decide about their tokens: the roles available, whether they may be copied later, how often they call."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from access_tokens import operations
from access_tokens.forms import RateLimitForm
from access_tokens.roles import RoleUse, dependents
from access_tokens.views.listing import powers
from workspaces.console import ConsoleRequest, workspace_page
from workspaces.dialogs import dialog, go
from workspaces.errors import Conflict
from workspaces.models import CopyPolicy, Workspace
from workspaces.operations import set_available_roles
from workspaces.permissions import Permission, Role


@require_safe
@workspace_page(Permission.CONFIGURE_ROLES)
def settings_page(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    return render(request, "access_tokens/settings.html", _context(request, workspace))


@require_POST
@workspace_page(Permission.CONFIGURE_ROLES)
def roles(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Switch roles on and off. Before tokens stop working for it, say which and ask."""
    chosen = {role for role in Role if role.wire_name in request.POST.getlist("roles")} | {Role.OWNER}
    affected = _affected(workspace, chosen)
    holders = any(row.members for row in affected)
    if any(row.tokens for row in affected) and not holders and "confirmed" not in request.POST:
        return dialog(request, "access_tokens/confirm_roles.html", {"affected": affected, "chosen": sorted(chosen)})
    try:
        set_available_roles(workspace, chosen, by=request.actor)
    except Conflict as conflict:
        messages.error(request, conflict.words)
    else:
        messages.success(request, "The available roles are saved.")
    return go(request, reverse("access_tokens:settings", args=[workspace.slug]))


@require_POST
@workspace_page(Permission.SET_COPY_POLICY)
def copy_policy(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Choose whether tokens may be copied later. Before sealed copies are destroyed, say how many and ask."""
    chosen = request.POST.get("copy_policy")
    if chosen not in CopyPolicy.values:
        return redirect("access_tokens:settings", slug=workspace.slug)
    policy = CopyPolicy(chosen)
    is_destructive = policy == CopyPolicy.SHOW_ONCE != workspace.copy_policy
    if is_destructive and "confirmed" not in request.POST:
        return dialog(request, "access_tokens/confirm_show_once.html", {"copies": _sealed_copies(workspace)})
    destroyed = operations.set_copy_policy(workspace, policy, by=request.actor)
    copies = f" {destroyed} sealed cop{'y was' if destroyed == 1 else 'ies were'} destroyed." if destroyed else ""
    messages.success(request, f"The copy policy is saved.{copies}")
    return go(request, reverse("access_tokens:settings", args=[workspace.slug]))


@require_POST
@workspace_page(Permission.SET_RATE_LIMIT)
def rate_limit(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Choose how many calls a minute each token may make. What can't be comes back as it was typed."""
    form = RateLimitForm(request.POST)
    if form.is_valid():
        try:
            operations.set_rate_limit(workspace, form.cleaned_data["calls_per_minute"], by=request.actor)
        except ValidationError as error:
            form.add_error(None, error)
    if form.errors:
        context = {**_context(request, workspace), "rate_limit_form": form}
        return render(request, "access_tokens/settings.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, "The rate limit is saved.")
    return redirect(reverse("access_tokens:settings", args=[workspace.slug]))


def _sealed_copies(workspace: Workspace) -> int:
    return workspace.access_tokens.exclude(sealed=None).count()


def _affected(workspace: Workspace, chosen: set[Role]) -> list[RoleUse]:
    """The roles that `chosen` would switch off, with what depends on them."""
    return [row for row in dependents(workspace) if row.is_on and row.role not in chosen]


def _context(request: ConsoleRequest, workspace: Workspace) -> dict[str, Any]:
    return {
        **powers(request),
        "section": "settings",
        "roles": dependents(workspace),
        "policies": CopyPolicy,
        "rate_limit_form": RateLimitForm(initial={"calls_per_minute": workspace.rate_limit}),
        "rate_limit_default": settings.RATE_LIMIT,
        "rate_limit_ceiling": settings.RATE_LIMIT_CEILING,
        "copies": _sealed_copies(workspace),
    }
