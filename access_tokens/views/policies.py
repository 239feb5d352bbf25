"""Settings → Token policy: may tokens be copied later, how often may they call, how long may they live."""

import re

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from access_tokens import operations
from access_tokens.excerpt import Excerpt
from access_tokens.forms import LifetimeForm, RateLimitForm
from access_tokens.lifetimes import LifetimePolicy
from access_tokens.views.settings import page, sealed_copies, settings_url
from workspaces.console import ConsoleRequest, workspace_page
from workspaces.dialogs import dialog, go
from workspaces.models import CopyPolicy, Workspace
from workspaces.permissions import Permission


@require_POST
@workspace_page(Permission.SET_COPY_POLICY)
def copy_policy(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Choose whether tokens may be copied later. Before sealed copies are destroyed, say how many and ask."""
    chosen = request.POST.get("copy_policy")
    if chosen not in CopyPolicy.values:
        return redirect(settings_url(workspace))
    policy = CopyPolicy(chosen)
    is_destructive = policy == CopyPolicy.SHOW_ONCE != workspace.copy_policy
    if is_destructive and "confirmed" not in request.POST:
        return dialog(request, "access_tokens/confirm_show_once.html", {"copies": sealed_copies(workspace)})
    destroyed = operations.set_copy_policy(workspace, policy, by=request.actor)
    copies = f" {destroyed} sealed cop{'y was' if destroyed == 1 else 'ies were'} destroyed." if destroyed else ""
    messages.success(request, f"The copy policy is saved.{copies}")
    return go(request, settings_url(workspace))


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
        return page(request, workspace, rate_limit_form=form)
    messages.success(request, "The rate limit is saved.")
    return redirect(settings_url(workspace))


@require_POST
@workspace_page(Permission.SET_LIFETIME_POLICY)
def lifetimes(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Choose how long tokens may live. Before it is saved, show those that live longer: what is to become of them?"""
    form, capped = LifetimeForm(request.POST), 0
    chosen = request.POST.get("existing_tokens")
    if form.is_valid():
        try:
            longer = _longer_lived(workspace, form)
            if longer.count and (chosen not in {"keep", "cap"} or longer.count > _seen(request)):
                return _ask(request, workspace, form, longer)
            capped = operations.set_lifetime_policy(workspace, by=request.actor, cap=chosen == "cap", **form.change)
        except ValidationError as error:
            form.add_error(None, error)
    if form.errors:
        return page(request, workspace, lifetime_form=form)
    cut = f" {capped} token{' was' if capped == 1 else 's were'} cut." if capped else ""
    messages.success(request, f"The lifetimes are saved.{cut}")
    return go(request, settings_url(workspace))


def _longer_lived(workspace: Workspace, form: LifetimeForm) -> Excerpt:
    policy = LifetimePolicy.of(workspace).changed(**form.change)
    return Excerpt.of(policy.longer_lived(workspace, timezone.now()))


def _seen(request: ConsoleRequest) -> int:
    """How many longer-lived tokens the dialog told of: if there are more by now, it is shown again."""
    seen = request.POST.get("seen", "")
    return int(seen) if re.fullmatch(r"[0-9]{1,9}", seen) else 0


def _ask(request: ConsoleRequest, workspace: Workspace, form: LifetimeForm, longer: Excerpt) -> HttpResponse:
    end = LifetimePolicy.of(workspace).changed(**form.change).cap(timezone.now())
    return dialog(request, "access_tokens/confirm_lifetimes.html", {"form": form, "longer": longer, "end": end})
