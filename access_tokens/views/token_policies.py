"""The forms under Settings → Token policies: copy policy, rate limit and expiry policy."""

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
from access_tokens.views.workspace_settings import count_encrypted_copies, settings_page_response, settings_url
from workspaces.console.bulk_progress import BulkProgress, posted_number, progress_dialog
from workspaces.console.dialogs import redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.models import CopyPolicy, Workspace
from workspaces.permissions import Permission


@require_POST
@workspace_page(Permission.SET_COPY_POLICY)
def copy_policy(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Set the copy policy. Ask for confirmation before encrypted copies are destroyed."""
    chosen = request.POST.get("copy_policy")
    if chosen not in CopyPolicy.values:
        return redirect(settings_url(workspace))
    is_switched_to_show_once = chosen == CopyPolicy.SHOW_ONCE != workspace.copy_policy
    copy_count = count_encrypted_copies(workspace) if is_switched_to_show_once else 0
    if copy_count and "confirmed" not in request.POST:
        return render_dialog(
            request,
            "access_tokens/settings/confirm_show_once.html",
            {"copy_count": copy_count, "list_url": settings_url(workspace)},
        )
    destroyed = operations.set_copy_policy(workspace, CopyPolicy(chosen), by=request.actor)
    copies = f" {destroyed} encrypted cop{'y was' if destroyed == 1 else 'ies were'} destroyed." if destroyed else ""
    messages.success(request, f"The copy policy was changed.{copies}")
    return redirect_from_dialog(request, settings_url(workspace))


@require_POST
@workspace_page(Permission.SET_RATE_LIMIT)
def rate_limit(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Set how many requests per minute each token can make."""
    form = RateLimitForm(request.POST)
    if form.is_valid():
        try:
            operations.set_rate_limit(workspace, form.cleaned_data["requests_per_minute"], by=request.actor)
        except ValidationError as error:
            form.add_error(None, error)
    if form.errors:
        return settings_page_response(request, workspace, rate_limit_form=form)
    messages.success(request, "The rate limit was changed.")
    return redirect(settings_url(workspace))


@require_POST
@workspace_page(Permission.SET_EXPIRY_POLICY)
def expiry_policy(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Set the expiry policy. First show the tokens that exceed it, and ask whether to shorten their expiry."""
    form = ExpiryPolicyForm(request.POST)
    if form.is_valid():
        try:
            return _set_expiry_policy(request, workspace, form)
        except ValidationError as error:
            form.add_error(None, error)
    return settings_page_response(request, workspace, expiry_policy_form=form)


def _set_expiry_policy(request: ConsoleRequest, workspace: Workspace, form: ExpiryPolicyForm) -> HttpResponse:
    """Raises: ValidationError."""
    policy, now = ExpiryPolicy.for_workspace(workspace).with_changes(**form.change), timezone.now()
    exceeding = TokenPreview.from_queryset(policy.tokens_exceeding(workspace, now))
    choice, has_seen_all = request.POST.get("existing_tokens"), exceeding.count <= posted_number(request, "seen")
    if exceeding.count and not (choice in {"keep", "cap"} and has_seen_all):
        context = {"policy_form": form, "tokens": exceeding, "capped_expiry": policy.capped_expiry(now)}
        context["list_url"] = settings_url(workspace)
        return render_dialog(request, "access_tokens/settings/confirm_expiry_policy.html", context)
    cap = choice == "cap"
    capped = operations.set_expiry_policy(
        workspace, by=request.actor, cap_existing_tokens=cap, limit=bulk.MAX_TOKENS_PER_STEP, **form.change
    )
    progress = BulkProgress(request, exceeding.count if cap else 0, capped)
    if progress.left:
        return progress_dialog(request, progress, "Shortening expiries", back_to=settings_url(workspace))
    shortened = f" {progress.total} token{' now expires' if progress.total == 1 else 's now expire'} earlier."
    messages.success(request, f"The expiry policy was changed.{shortened if progress.total else ''}")
    return redirect_from_dialog(request, settings_url(workspace))
