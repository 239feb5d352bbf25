"""Dialogs that change a member's role or end a membership. They show the tokens that the member leaves behind."""

from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, Concatenate

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from workspaces import operations
from workspaces.console.bulk_progress import BulkProgress, progress_dialog
from workspaces.console.dialogs import close_dialog, redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.credentials import get_credentials
from workspaces.errors import Conflict
from workspaces.models import Membership, Workspace
from workspaces.permissions import Permission, Role
from workspaces.views.members import MEMBERS


def _explain_conflict[**P](
    view: Callable[Concatenate[ConsoleRequest, P], HttpResponse],
) -> Callable[Concatenate[ConsoleRequest, P], HttpResponse]:
    """Show a dialog that says why the member can't be changed, for example because they are the last Owner."""

    @wraps(view)
    def explained(request: ConsoleRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Conflict as conflict:
            context = {
                "title": "This member can't be changed",
                "message": conflict.message,
                "list_url": MEMBERS.current_list_url(request),
            }
            status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
            return render_dialog(request, "message_dialog.html", context, status=status)

    return explained


@require_POST
@workspace_page(Permission.MANAGE_MEMBERS)
@_explain_conflict
def change_role(request: ConsoleRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Give a member another role. Ask for confirmation first if the new role is lower."""
    member, role = _get_member(workspace, pk), _get_role(request.POST.get("role", ""))
    if role < member.role:
        operations.require_authority_over(member, by=request.actor)
        operations.require_authority_to_grant(role, workspace, by=request.actor)
        operations.require_another_owner(member)
        if "confirmed" not in request.POST:
            return _dialog(request, member, "workspaces/change_role.html", role=role)
    progress = _disable_tokens_and(partial(operations.change_role, role=role), request, member)
    if progress.left:
        return _progress_dialog(request, progress)
    messages.success(
        request, f"{member.user.display_name} is now {role.with_article}.{_disabled_message(progress.total)}"
    )
    if member == request.membership or not request.htmx:
        return redirect_from_dialog(request, MEMBERS.current_list_url(request))
    return trigger_client_event(MEMBERS.render_row(request, MEMBERS.rows(request).get(pk=pk)), "dialog:close")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.MANAGE_MEMBERS)
@_explain_conflict
def remove(request: ConsoleRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Ask for confirmation, then remove another member."""
    member = _get_member(workspace, pk)
    if member == request.membership:
        return redirect("workspaces:leave", slug=workspace.slug)
    operations.require_authority_over(member, by=request.actor)
    operations.require_another_owner(member)
    if request.method != "POST":
        return _dialog(request, member, "workspaces/remove_member.html")
    progress = _disable_tokens_and(operations.remove_member, request, member)
    if progress.left:
        return _progress_dialog(request, progress)
    message = f"{member.user.display_name} was removed.{_disabled_message(progress.total)}"
    return close_dialog(request, message, back_to=MEMBERS.current_list_url(request), event="members:changed")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page()
@_explain_conflict
def leave(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Ask for confirmation, then end the signed-in member's own membership."""
    member = request.membership
    operations.require_another_owner(member)
    if request.method != "POST":
        return _dialog(request, member, "workspaces/leave_workspace.html")
    progress = _disable_tokens_and(operations.leave, request, member)
    if progress.left:
        return _progress_dialog(request, progress)
    messages.success(request, f"You left {workspace.name}.{_disabled_message(progress.total)}")
    return redirect_from_dialog(request, resolve_url(settings.LOGIN_REDIRECT_URL))


def _get_member(workspace: Workspace, pk: int) -> Membership:
    """Raises: Http404."""
    return get_object_or_404(workspace.memberships.select_related("user", "workspace"), pk=pk)


def _get_role(api_name: str) -> Role:
    """Raises: BadRequest."""
    try:
        return Role.from_api_name(api_name)
    except KeyError as error:
        raise BadRequest("This role does not exist.") from error


def _disable_selected_tokens(request: ConsoleRequest, member: Membership) -> BulkProgress:
    """Disable the tokens that are selected in the dialog, or the next batch if all are selected."""
    credentials = get_credentials()
    if "disable_all" in request.POST:
        disabled = credentials.disable_next_created_by(member, by=request.actor)
        left = credentials.usable_created_by(member)
        return BulkProgress(request, disabled + (left.count if left else 0), disabled)
    ids = set(request.POST.getlist("disable"))
    disabled = credentials.disable_created_by(member, ids, by=request.actor) if ids else 0
    return BulkProgress(request, disabled, disabled)


def _disable_tokens_and(operation: Callable[..., object], request: ConsoleRequest, member: Membership) -> BulkProgress:
    """Disable the selected tokens. Run `operation` on the member in the same transaction, once no token is left."""
    with transaction.atomic():
        progress = _disable_selected_tokens(request, member)
        if not progress.left:
            operation(member, by=request.actor)
    return progress


def _disabled_message(count: int) -> str:
    return f" {count} token{' was' if count == 1 else 's were'} disabled." if count else ""


def _dialog(request: ConsoleRequest, member: Membership, template: str, **context: Any) -> HttpResponse:
    context |= {
        "member": member,
        "tokens": get_credentials().usable_created_by(member),
        "can_disable": request.membership.has_permission(Permission.DISABLE_TOKENS),
        "list_url": MEMBERS.current_list_url(request),
    }
    return render_dialog(request, template, context)


def _progress_dialog(request: ConsoleRequest, progress: BulkProgress) -> HttpResponse:
    return progress_dialog(request, progress, "Disabling tokens", back_to=MEMBERS.current_list_url(request))
