"""The dialogs that create and edit a token."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from access_tokens import operations
from access_tokens.forms import TokenForm, with_version
from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction
from access_tokens.views.token_list import token_list_url
from access_tokens.views.token_page import new_secret_response, row_response, token_page
from accounts import reauthentication
from workspaces import idempotency
from workspaces.console.dialogs import render_dialog, render_password_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.forms import post_data
from workspaces.models import Workspace
from workspaces.permissions import Permission


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.CREATE_TOKENS)
def create(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Create a token and show its secret, the only time unless the workspace keeps encrypted copies."""
    form = TokenForm(post_data(request), workspace=workspace, actor=request.actor)
    if not (form.is_bound and form.is_valid()):
        return _create_dialog(request, form)
    if password_error := reauthentication.confirm(request):
        return _create_dialog(request, form, password_error=password_error)
    try:
        created = idempotency.run_once(
            lambda: operations.create(workspace, by=request.actor, **form.change),
            public_id=lambda created: created.token.key_id,
            actor=request.actor.identifier,
            key=form.cleaned_data["form_id"],
        )
    except ValidationError as error:
        form.add_operation_errors(error)
        return _create_dialog(request, form)
    except idempotency.RequestInProgress as error:
        form.add_error(None, error.message)
        return _create_dialog(request, form, status=HTTPStatus.CONFLICT)
    except idempotency.DuplicateRequest as duplicate:
        token = workspace.access_tokens.filter(key_id=duplicate.result_id).first()
        context = {"token": token, "list_url": token_list_url(request)}
        return render_dialog(request, "access_tokens/token_already_created.html", context)
    is_label_shared = _is_label_used(workspace, created.token.label, except_key_id=created.token.key_id)
    return new_secret_response(request, created, is_label_shared=is_label_shared)


@require_http_methods(["GET", "HEAD", "POST"])
@token_page(TokenAction.EDIT)
def edit(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """Change label, scope and expiry."""
    form = TokenForm(post_data(request), workspace=token.workspace, actor=request.actor, token=token)
    if not (form.is_bound and form.is_valid()):
        return _edit_dialog(request, form)
    try:
        token = operations.edit(token, by=request.actor, version=form.cleaned_data["version"], **form.change)
    except operations.EditConflict as conflict:
        return _edit_conflict_dialog(request, conflict.token)
    except ValidationError as error:
        form.add_operation_errors(error)
        return _edit_dialog(request, form)
    return trigger_client_event(row_response(request, token, f"{token.label} was updated."), "dialog:close")


@require_safe
@workspace_page(Permission.CREATE_TOKENS)
def check_label(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Return the hint below the label field, which says if another token has the same label."""
    label, except_key_id = (request.GET.get(name, "").replace("\0", "") for name in ("label", "except"))
    is_label_used = _is_label_used(workspace, label, except_key_id=except_key_id)
    return render(request, "access_tokens/token_form.html#label_hint", {"is_label_used": is_label_used})


def _is_label_used(workspace: Workspace, label: str, *, except_key_id: str) -> bool:
    return workspace.access_tokens.filter(label__iexact=label.strip()).exclude(key_id=except_key_id).exists()


def _create_dialog(request: ConsoleRequest, form: TokenForm, **options: Any) -> HttpResponse:
    context = {"form": form, "list_url": token_list_url(request)}
    return render_password_dialog(request, "access_tokens/token_form.html", context, **options)


def _edit_dialog(request: ConsoleRequest, form: TokenForm, *, status: int | None = None) -> HttpResponse:
    context = {"form": form, "token": form.token, "list_url": token_list_url(request)}
    return render_dialog(request, "access_tokens/token_form.html", context, status=status)


def _edit_conflict_dialog(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    """Show the member's changes again with the version that is now saved. Saving again replaces it."""
    data = with_version(request.POST, token.version)
    form = TokenForm(data, workspace=token.workspace, actor=request.actor, token=token)
    expiry = f"expires on {token.expires_at:%Y-%m-%d} (UTC)" if token.expires_at else "never expires"
    form.add_error(
        None,
        f"Someone else changed this token. Its label is now “{token.label}”, its scope is {token.scope_role.label}, "
        f"and it {expiry}. Save again to replace these with your values.",
    )
    return _edit_dialog(request, form, status=HTTPStatus.CONFLICT)
