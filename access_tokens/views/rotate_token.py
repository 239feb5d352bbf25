"""The dialog that rotates a token's secret, and the button that ends the overlap period."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from access_tokens import operations
from access_tokens.forms import RotationForm, with_version
from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction
from access_tokens.views.token_list import token_list_url
from access_tokens.views.token_page import new_secret_response, row_response, token_page
from accounts import reauthentication
from workspaces.console.dialogs import render_password_dialog
from workspaces.console.page_access import ConsoleRequest
from workspaces.errors import Conflict
from workspaces.forms import post_data


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@token_page(TokenAction.ROTATE)
def rotate(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """Replace the token's secret and show the new one."""
    form = RotationForm(post_data(request), token=token)
    if not (form.is_bound and form.is_valid()):
        return _dialog(request, form, token)
    if password_error := reauthentication.confirm(request):
        return _dialog(request, form, token, password_error=password_error)
    try:
        rotated = operations.rotate(token, by=request.actor, **form.change)
    except Conflict as conflict:
        token.refresh_from_db()
        form = RotationForm(with_version(request.POST, token.version), token=token)
        form.add_error(None, conflict.message)
        return _dialog(request, form, token, status=HTTPStatus.CONFLICT)
    return new_secret_response(request, rotated, is_rotated=True)


@require_POST
@token_page(TokenAction.END_ROTATION)
def end_rotation(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """Reject the previous secret from the next request on, before its overlap period ends."""
    token = operations.end_rotation(token, by=request.actor)
    return row_response(request, token, f"The previous secret of {token.label} no longer works.")


def _dialog(request: ConsoleRequest, form: RotationForm, token: AccessToken, **options: Any) -> HttpResponse:
    context = {"form": form, "token": token, "list_url": token_list_url(request)}
    return render_password_dialog(request, "access_tokens/rotate_token.html", context, **options)
