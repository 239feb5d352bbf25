"""Settings → Token policy: may tokens be copied later, how often may they call, how long may they live."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from access_tokens import operations
from access_tokens.expiry_policy import ExpiryPolicy
from access_tokens.forms import ExpiryPolicyForm, RateLimitForm
from access_tokens.operations import bulk
from access_tokens.token_preview import TokenPreview
from access_tokens.views.workspace_settings import encrypted_copies, page, settings_url
from workspaces.console.bulk_progress import BulkProgress, posted_number, progress_dialog
from workspaces.console.dialogs import redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.models import CopyPolicy, Workspace
from workspaces.permissions import Permission


@require_POST
@workspace_page(Permission.SET_COPY_POLICY)
def copy_policy(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Choose whether tokens may be copied later. Before encrypted copies are destroyed, say how many and ask."""
    chosen = request.POST.get("copy_policy")
    if chosen not in CopyPolicy.values:
        return redirect(settings_url(workspace))
    policy = CopyPolicy(chosen)
    copies = encrypted_copies(workspace) if policy == CopyPolicy.SHOW_ONCE != workspace.copy_policy else 0
    if copies and "confirmed" not in request.POST:
        return render_dialog(request, "access_tokens/settings/confirm_show_once.html", {"copies": copies})
    destroyed = operations.set_copy_policy(workspace, policy, by=request.actor)
    what_went = f" {destroyed} sealed cop{'y was' if destroyed == 1 else 'ies were'} destroyed." if destroyed else ""
    messages.success(request, f"The copy policy is saved.{what_went}")
    return redirect_from_dialog(request, settings_url(workspace))


@require_POST
@workspace_page(Permission.SET_RATE_LIMIT)
def rate_limit(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Choose how many calls a minute each token may make. What can't be comes back as it was typed."""
    form = RateLimitForm(request.POST)
    if form.is_valid():
        try:
            operations.set_rate_limit(workspace, form.cleaned_data["requests_per_minute"], by=request.actor)
        except ValidationError as error:
            form.add_error(None, error)
    if form.errors:
        return page(request, workspace, rate_limit_form=form)
    messages.success(request, "The rate limit is saved.")
    return redirect(settings_url(workspace))


@require_POST
@workspace_page(Permission.SET_EXPIRY_POLICY)
def expiry_policy(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Choose how long tokens may live. Before it is saved, show those that live longer: what is to become of them?"""
    form = ExpiryPolicyForm(request.POST)
    if form.is_valid():
        try:
            return _set_lifetimes(request, workspace, form)
        except ValidationError as error:
            form.add_error(None, error)
    return page(request, workspace, lifetime_form=form)


def _set_lifetimes(request: ConsoleRequest, workspace: Workspace, form: ExpiryPolicyForm) -> HttpResponse:
    """Raises: ValidationError."""
    chosen, longer = request.POST.get("existing_tokens"), _longer_lived(workspace, form)
    if longer.count and (chosen not in {"keep", "cap"} or longer.count > posted_number(request, "seen")):
        return _ask(request, workspace, form, longer)
    cap = chosen == "cap"
    capped = operations.set_expiry_policy(
        workspace, by=request.actor, cap_existing_tokens=cap, limit=bulk.MAX_TOKENS_PER_STEP, **form.change
    )
    progress = BulkProgress(request, longer.count if cap else 0, capped)
    if progress.left:
        return progress_dialog(request, progress, "Capping tokens", back_to=settings_url(workspace))
    cut = f" {progress.total} token{' was' if progress.total == 1 else 's were'} cut." if progress.total else ""
    messages.success(request, f"The lifetimes are saved.{cut}")
    return redirect_from_dialog(request, settings_url(workspace))


def _longer_lived(workspace: Workspace, form: ExpiryPolicyForm) -> TokenPreview:
    policy = ExpiryPolicy.for_workspace(workspace).with_changes(**form.change)
    return TokenPreview.from_queryset(policy.tokens_exceeding(workspace, timezone.now()))


def _ask(request: ConsoleRequest, workspace: Workspace, form: ExpiryPolicyForm, longer: TokenPreview) -> HttpResponse:
    end = ExpiryPolicy.for_workspace(workspace).with_changes(**form.change).capped_expiry(timezone.now())
    context = {"form": form, "longer": longer, "end": end}
    return render_dialog(request, "access_tokens/settings/confirm_expiry_policy.html", context)
