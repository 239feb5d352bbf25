"""What the views of one token share: finding it, checking the permission, and the responses."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django_htmx.http import trigger_client_event

from access_tokens.models import AccessToken
from access_tokens.operations import CreatedToken
from access_tokens.token_actions import TokenAction, available_actions, require_action
from access_tokens.views.token_list import TOKENS, token_list_url
from accounts.middleware import mark_secret
from workspaces.console.dialogs import render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.models import Workspace

type TokenView = Callable[[ConsoleRequest, AccessToken], HttpResponseBase]


def token_page(action: TokenAction) -> Callable[[TokenView], Callable[..., HttpResponseBase]]:
    """Decorate a view of one token, found by the `key_id` of its URL, for members who can take `action` on it.

    Raises: Http404; NotAllowed, also if the action grants the access of a scope above the member's role.
    """

    def decorate(view: TokenView) -> Callable[..., HttpResponseBase]:
        @workspace_page(action.permission)
        @wraps(view)
        def wrapped(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponseBase:
            tokens = workspace.access_tokens.select_related("creator", "parent")
            token = get_object_or_404(tokens, key_id=key_id)
            require_action(action, token, by=request.actor)
            return view(request, token)

        return wrapped

    return decorate


def token_url(view: str, token: AccessToken) -> str:
    return reverse(f"access_tokens:{view}", args=[token.workspace.slug, token.key_id])


def row_response(
    request: ConsoleRequest, token: AccessToken, message: str, *, undo: TokenAction | None = None, **context: Any
) -> HttpResponse:
    """Update the token's row in the list and show `message`. Without htmx, redirect to the list.

    undo: the action that the message offers, if the member can take it.
    """
    messages.success(request, message)
    if not request.htmx:
        return redirect(token_list_url(request))
    if undo in available_actions(token, request.actor):
        context["undo_url"] = token_url(undo, token)
    return TOKENS.render_row(request, token, template="access_tokens/token_row.html", token=token, **context)


def new_secret_response(request: ConsoleRequest, created: CreatedToken, **context: Any) -> HttpResponse:
    """Show the secret of a created or rotated token. No other response contains it."""
    context |= {
        "token": created.token,
        "plaintext": created.plaintext,
        "api_url": request.build_absolute_uri("/api/v1/me"),
        "list_url": token_list_url(request),
    }
    response = render_dialog(request, "access_tokens/new_secret.html", context)
    return mark_secret(trigger_client_event(response, "tokens:changed"))
