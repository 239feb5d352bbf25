"""The button that copies a token from its encrypted copy."""

from http import HTTPStatus

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from access_tokens import operations
from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction
from access_tokens.token_crypto import DecryptionError
from access_tokens.views.token_list import token_list_url
from access_tokens.views.token_page import password_dialog, token_page
from accounts import reauthentication
from accounts.middleware import mark_secret
from workspaces.console.dialogs import render_dialog
from workspaces.console.page_access import ConsoleRequest
from workspaces.errors import Conflict


@sensitive_post_parameters("password")
@require_POST
@token_page(TokenAction.COPY)
def copy(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """Show the token's plaintext, which the page puts on the clipboard. Ask for the password first, if needed."""
    context = {"token": token, "list_url": token_list_url(request)}
    if password_error := reauthentication.confirm(request):
        if "password" not in request.POST:  # the button in the list, not yet the dialog
            return password_dialog(request, "access_tokens/copy_token.html", context)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return password_dialog(
            request, "access_tokens/copy_token.html", context, password_error=password_error, status=status
        )
    try:
        plaintext = operations.copy(token, by=request.actor)
    except (Conflict, DecryptionError) as error:
        return render_dialog(request, "access_tokens/copy_failed.html", {**context, "message": str(error)})
    return mark_secret(render_dialog(request, "access_tokens/token_copied.html", {**context, "plaintext": plaintext}))
