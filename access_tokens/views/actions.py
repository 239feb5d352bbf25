"""What a row's buttons do: enable, disable, delete, copy."""

from http import HTTPStatus

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from access_tokens import operations
from access_tokens.models import AccessToken
from access_tokens.token_crypto import DecryptionError
from access_tokens.token_preview import TokenPreview
from access_tokens.views.token_list import list_url, row, tokens_of
from accounts import reauthentication
from accounts.middleware import mark_secret
from workspaces.console.bulk_progress import BulkProgress, progress_dialog
from workspaces.console.dialogs import close_dialog, redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.errors import Conflict
from workspaces.models import Workspace
from workspaces.permissions import Permission, role_has_permission


def _url(action: str, token: AccessToken) -> str:
    return reverse(f"access_tokens:{action}", args=[token.workspace.slug, token.key_id])


@require_POST
@workspace_page(Permission.ENABLE_TOKENS)
def enable(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    token = operations.enable(AccessToken.reference(workspace, key_id), by=request.actor)
    messages.success(request, f"{token.label} is enabled.")
    if not request.htmx:
        return redirect(list_url(request, workspace))
    return row(request, token, undo_url=_url("disable", token))


@require_POST
@workspace_page(Permission.DISABLE_TOKENS)
def disable(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    """Disable at once; then offer to disable what the token made."""
    token = operations.disable(AccessToken.reference(workspace, key_id), by=request.actor)
    messages.success(request, f"{token.label} is disabled.")
    offered = operations.usable(operations.child_tokens(token))
    if not request.htmx:
        return redirect(_url("disable_child_tokens", token) if offered else list_url(request, workspace))
    can_undo = role_has_permission(request.actor.role, Permission.ENABLE_TOKENS) and token.scope <= request.actor.role
    undo_url = _url("enable", token) if can_undo else ""
    return row(request, token, undo_url=undo_url, offered=TokenPreview.from_list(offered))


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.DISABLE_TOKENS)
def disable_child_tokens(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    """The usable tokens that a token made, directly or not: disable them too?"""
    token = get_object_or_404(tokens_of(workspace), key_id=key_id)
    offered = operations.usable(operations.child_tokens(token))
    if not (offered and token.is_disabled):
        return redirect_from_dialog(request, list_url(request, workspace))
    if request.method != "POST":
        return render_dialog(
            request,
            "access_tokens/disable_child_tokens.html",
            {"token": token, "offered": TokenPreview.from_list(offered)},
        )
    with transaction.atomic():
        progress = BulkProgress.run(
            request, offered, lambda made: operations.disable(made, by=request.actor), found=len(offered)
        )
    if progress.left:
        return progress_dialog(request, progress, "Disabling tokens", back_to=list_url(request, workspace))
    words = f"{progress.total} token{'' if progress.total == 1 else 's'} made by {token.label} disabled."
    return close_dialog(request, words, back_to=list_url(request, workspace), event="tokens:changed")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.DELETE_TOKENS)
def delete(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    """Ask, then delete; with the tokens that it made, if the person says so."""
    token = get_object_or_404(tokens_of(workspace), key_id=key_id)
    offered = operations.usable(operations.child_tokens(token))
    if request.method != "POST":
        context = {"token": token, "offered": TokenPreview.from_list(offered), "list_url": list_url(request, workspace)}
        return render_dialog(request, "access_tokens/delete_token.html", context)
    also = offered if "with_descendants" in request.POST else []
    with transaction.atomic():
        progress = BulkProgress.run(
            request, [*also, token], lambda made: operations.delete(made, by=request.actor), found=len(also) + 1
        )
        if progress.left:
            operations.disable(token, by=request.actor)  # who has it makes no more of them meanwhile
    if progress.left:
        return progress_dialog(request, progress, "Deleting tokens", back_to=list_url(request, workspace))
    others = _and_made(progress.total - 1)
    words = f"{token.label} is deleted.{others}"
    return close_dialog(request, words, back_to=list_url(request, workspace), event="tokens:changed")


def _and_made(count: int) -> str:
    """What else is deleted."""
    return f" So {'is the token' if count == 1 else f'are the {count} tokens'} it made." if count else ""


@sensitive_post_parameters("password")
@require_POST
@workspace_page(Permission.COPY_TOKENS)
def copy(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    """Show a token from its encrypted copy, for the clipboard. Asks for the password first, if the last one is old."""
    token = get_object_or_404(tokens_of(workspace), key_id=key_id)
    request.actor.require_role_at_least(token.scope)
    context = {"token": token, "list_url": list_url(request, workspace)}
    if not reauthentication.is_recent(request):
        if not request.user.has_usable_password():
            return render_dialog(request, "access_tokens/no_password.html", context)
        refusal = reauthentication.confirm(request)
        if refusal:
            context["password_error"] = refusal if "password" in request.POST else ""
            status = HTTPStatus.UNPROCESSABLE_ENTITY if "password" in request.POST else HTTPStatus.OK
            return render_dialog(request, "access_tokens/copy_token.html", context, status=status)
    try:
        plaintext = operations.copy(token, by=request.actor)
    except (Conflict, DecryptionError) as error:
        return render_dialog(request, "access_tokens/copy_failed.html", {**context, "words": str(error)})
    return mark_secret(render_dialog(request, "access_tokens/token_copied.html", {**context, "plaintext": plaintext}))
