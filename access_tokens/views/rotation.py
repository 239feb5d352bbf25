"""The dialog that gives a token a new secret, and the end of its overlap."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from access_tokens import operations
from access_tokens.forms import RotationForm
from access_tokens.models import AccessToken
from access_tokens.views.token_list import list_url, row, sent_over, tokens_of
from accounts import reauthentication
from accounts.middleware import mark_secret
from workspaces.console.dialogs import render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.errors import Conflict
from workspaces.forms import post_data
from workspaces.models import Workspace
from workspaces.permissions import Permission


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.ROTATE_TOKENS)
def rotate(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    """Ask for the overlap (and the password, if the last one is old), make the new secret, show it once."""
    token = get_object_or_404(tokens_of(workspace), key_id=key_id)
    request.actor.require_role_at_least(token.scope)
    form = RotationForm(post_data(request), token=token)
    if not form.is_bound:
        return _form(request, form, token)
    if not form.is_valid():
        return _form(request, form, token, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if refusal := reauthentication.confirm(request):
        return _form(request, form, token, password_error=refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        issued = operations.rotate(token, by=request.actor, **form.change)
    except Conflict as conflict:
        token = get_object_or_404(tokens_of(workspace), key_id=key_id)
        form = RotationForm(sent_over(request, token), token=token)
        form.add_error(None, conflict.message)
        return _form(request, form, token, status=HTTPStatus.CONFLICT)
    context = {
        "token": issued.token,
        "plaintext": issued.plaintext,
        "is_rotated": True,
        "api_url": request.build_absolute_uri("/api/v1/me"),
        "list_url": list_url(request, workspace),
    }
    response = render_dialog(request, "access_tokens/new_secret.html", context)
    return mark_secret(trigger_client_event(response, "tokens:changed"))


@require_POST
@workspace_page(Permission.ROTATE_TOKENS)
def end_rotation(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    """Stop the old secret before its time."""
    token = get_object_or_404(tokens_of(workspace), key_id=key_id)
    token = operations.end_rotation(token, by=request.actor)
    messages.success(request, f"The old secret of {token.label} has stopped.")
    return row(request, token) if request.htmx else redirect(list_url(request, workspace))


def _form(
    request: ConsoleRequest,
    form: RotationForm,
    token: AccessToken,
    *,
    password_error: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context = {"list_url": list_url(request, token.workspace), "token": token}
    needs_password = not reauthentication.is_recent(request)
    if needs_password and not request.user.has_usable_password():
        return render_dialog(request, "access_tokens/no_password.html", context)
    context |= {"form": form, "needs_password": needs_password, "password_error": password_error}
    return render_dialog(request, "access_tokens/rotate_token.html", context, status=status)
