"""The buttons that enable and disable a token, and the dialog that disables its child tokens."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from access_tokens import operations
from access_tokens.child_tokens import usable_child_tokens
from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction
from access_tokens.token_preview import TokenPreview
from access_tokens.views.token_list import token_list_url
from access_tokens.views.token_page import row_response, token_page, token_url
from workspaces.console.bulk_progress import BulkProgress, progress_dialog
from workspaces.console.dialogs import close_dialog, redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.models import Workspace
from workspaces.permissions import Permission


@require_POST
@workspace_page(Permission.ENABLE_TOKENS)
def enable(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    token = operations.enable(AccessToken.reference(workspace, key_id), by=request.actor)
    return row_response(request, token, f"{token.label} was enabled.", undo=TokenAction.DISABLE)


@require_POST
@workspace_page(Permission.DISABLE_TOKENS)
def disable(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    """Disable a token at once, then offer to disable its usable child tokens."""
    token = operations.disable(AccessToken.reference(workspace, key_id), by=request.actor)
    children = TokenPreview.from_list(usable_child_tokens(token))
    action = token_url("disable_child_tokens", token)
    context = {"child_tokens": children, "action": action, "list_url": token_list_url(request)}
    response = row_response(request, token, f"{token.label} was disabled.", undo=TokenAction.ENABLE, **context)
    return response if request.htmx or not children.count else redirect(action)


@require_http_methods(["GET", "HEAD", "POST"])
@token_page(TokenAction.DISABLE)
def disable_child_tokens(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """Disable the usable tokens that a disabled token created, directly or through other tokens."""
    back_to, children = token_list_url(request), usable_child_tokens(token)
    if not (children and token.is_disabled):
        return redirect_from_dialog(request, back_to)
    if request.method != "POST":
        context = {"token": token, "child_tokens": TokenPreview.from_list(children), "list_url": back_to}
        return render_dialog(request, "access_tokens/disable_child_tokens.html", context)
    with transaction.atomic():
        progress = BulkProgress.run(
            request, children, lambda child: operations.disable(child, by=request.actor), found=len(children)
        )
    if progress.left:
        return progress_dialog(request, progress, "Disabling tokens", back_to=back_to)
    message = f"{progress.total} token{'s' if progress.total != 1 else ''} created by {token.label} disabled."
    return close_dialog(request, message, back_to=back_to, event="tokens:changed")
