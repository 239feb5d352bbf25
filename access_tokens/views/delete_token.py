"""The dialog that deletes a token and, optionally, its child tokens."""

from django.db import transaction
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from access_tokens import operations
from access_tokens.child_tokens import usable_child_tokens
from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction
from access_tokens.token_preview import TokenPreview
from access_tokens.views.token_list import token_list_url
from access_tokens.views.token_page import token_page
from workspaces.console.bulk_progress import BulkProgress, progress_dialog
from workspaces.console.dialogs import close_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest


@require_http_methods(["GET", "HEAD", "POST"])
@token_page(TokenAction.DELETE)
def delete(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """Ask for confirmation, then delete the token, with its usable child tokens if the member chose so."""
    back_to, children = token_list_url(request), usable_child_tokens(token)
    if request.method != "POST":
        context = {"token": token, "child_tokens": TokenPreview.from_list(children), "list_url": back_to}
        return render_dialog(request, "access_tokens/delete_token.html", context)
    tokens = [*children, token] if "with_child_tokens" in request.POST else [token]
    with transaction.atomic():
        progress = BulkProgress.run(
            request, tokens, lambda each: operations.delete(each, by=request.actor), found=len(tokens)
        )
        if progress.left:
            operations.disable(token, by=request.actor)  # so that it creates no more tokens until it is deleted
    if progress.left:
        return progress_dialog(request, progress, "Deleting tokens", back_to=back_to)
    count = progress.total - 1
    and_children = f", along with {count} child token{'s' if count != 1 else ''}" if count else ""
    message = f"{token.label} was deleted{and_children}."
    return close_dialog(request, message, back_to=back_to, event="tokens:changed")
