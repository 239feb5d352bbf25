"""The dialogs that create and edit a token."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from access_tokens import operations
from access_tokens.forms import TokenForm
from access_tokens.models import AccessToken
from access_tokens.views.token_list import list_url, row, sent_over, tokens_of
from accounts import reauthentication
from accounts.middleware import mark_secret
from workspaces import idempotency
from workspaces.console.dialogs import render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.forms import post_data
from workspaces.models import Workspace
from workspaces.permissions import Permission


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.CREATE_TOKENS)
def create(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Ask for label, scope and expiry (and the password, if the last one is old), make the token, show it once."""
    context: dict[str, Any]
    form = TokenForm(post_data(request), workspace=workspace, actor=request.actor)
    if not form.is_bound:
        return _form(request, form)
    if not form.is_valid():
        return _form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if refusal := reauthentication.confirm(request):
        return _form(request, form, password_error=refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        issued = idempotency.run_once(
            lambda: operations.create(workspace, by=request.actor, **form.change),
            public_id=lambda made: made.token.key_id,
            actor=request.actor.identifier,
            key=form.cleaned_data["form_id"],
        )
    except ValidationError as error:
        form.refuse(error)
        return _form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except idempotency.RequestInProgress as error:
        form.add_error(None, error.message)
        return _form(request, form, status=HTTPStatus.CONFLICT)
    except idempotency.DuplicateRequest as duplicate:
        token = workspace.access_tokens.filter(key_id=duplicate.result_id).first()
        context = {"token": token, "list_url": list_url(request, workspace)}
        return render_dialog(request, "access_tokens/token_already_created.html", context)
    context = {
        "token": issued.token,
        "plaintext": issued.plaintext,
        "api_url": request.build_absolute_uri("/api/v1/me"),
        "shares_label": _label_is_used(workspace, issued.token.label, besides=issued.token),
        "list_url": list_url(request, workspace),
    }
    response = render_dialog(request, "access_tokens/new_secret.html", context)
    return mark_secret(trigger_client_event(response, "tokens:changed"))


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.EDIT_TOKENS)
def edit(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    """Change label, scope and expiry."""
    token = get_object_or_404(tokens_of(workspace), key_id=key_id)
    request.actor.require_role_at_least(token.scope)
    form = TokenForm(post_data(request), workspace=workspace, actor=request.actor, token=token)
    if not form.is_bound:
        return _form(request, form, token=token)
    if not form.is_valid():
        return _form(request, form, token=token, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        token = operations.edit(token, by=request.actor, version=form.cleaned_data["version"], **form.change)
    except operations.EditConflict as changed:
        return _form_again(request, changed.token)
    except ValidationError as error:
        form.refuse(error)
        return _form(request, form, token=token, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, f"{token.label} is saved.")
    if not request.htmx:
        return redirect(list_url(request, workspace))
    return trigger_client_event(row(request, token), "dialog:close")


def _form_again(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """What was typed, over the token as it is now."""
    form = TokenForm(sent_over(request, token), workspace=token.workspace, actor=request.actor, token=token)
    until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "without an end"
    form.add_error(
        None,
        f"Somebody changed this token meanwhile: it is now “{token.label}”, {token.scope_role.label}, {until}. "
        "Save again to give it what stands below.",
    )
    return _form(request, form, token=token, status=HTTPStatus.CONFLICT)


@require_safe
@workspace_page(Permission.CREATE_TOKENS)
def check_label(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """A hint beside the field, if another token has this label already. Labels need not be unique."""
    besides = workspace.access_tokens.filter(key_id=request.GET.get("besides", "").replace("\0", "")).first()
    is_used = _label_is_used(workspace, request.GET.get("label", ""), besides=besides)
    return render(request, "access_tokens/token_form.html#label_hint", {"label_is_used": is_used})


def _label_is_used(workspace: Workspace, label: str, *, besides: AccessToken | None) -> bool:
    others = workspace.access_tokens.filter(label__iexact=label.replace("\0", "").strip())
    return (others.exclude(pk=besides.pk) if besides else others).exists()


def _form(
    request: ConsoleRequest,
    form: TokenForm,
    *,
    token: AccessToken | None = None,
    password_error: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The form as it stands. A new token also needs a fresh password: who has none is told to set one first."""
    needs_password = token is None and not reauthentication.is_recent(request)
    if needs_password and not request.user.has_usable_password():
        return render_dialog(request, "access_tokens/no_password.html", {"list_url": list_url(request, form.workspace)})
    context = {
        "form": form,
        "token": token,
        "needs_password": needs_password,
        "password_error": password_error,
        "list_url": list_url(request, form.workspace),
    }
    return render_dialog(request, "access_tokens/token_form.html", context, status=status)
