"""The button that copies a token from its encrypted copy."""

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from access_tokens import operations
from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction
from access_tokens.token_crypto import DecryptionError
from access_tokens.views.token_list import token_list_url
from access_tokens.views.token_page import token_page
from accounts import reauthentication
from accounts.middleware import mark_secret
from workspaces.console.dialogs import render_dialog, render_password_dialog
from workspaces.console.page_access import ConsoleRequest
from workspaces.errors import Conflict


@sensitive_post_parameters("password")
@require_POST
@token_page(TokenAction.COPY)
def copy(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """Show the token's plaintext, which the page puts on the clipboard. Ask for the password first, if needed."""
    context = {"token": token, "list_url": token_list_url(request)}
    if password_error := reauthentication.confirm(request):
        error = password_error if "password" in request.POST else ""  # the button in the list sends no password
        return render_password_dialog(request, "access_tokens/copy_token.html", context, password_error=error)
    try:
        plaintext = operations.copy(token, by=request.actor)
    except (Conflict, DecryptionError) as error:
        context |= {"title": "This token can't be copied", "message": str(error)}
        return render_dialog(request, "message_dialog.html", context)
    return mark_secret(render_dialog(request, "access_tokens/token_copied.html", {**context, "plaintext": plaintext}))
