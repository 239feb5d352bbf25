"""What ends or weakens a membership: a weaker role, removal, leaving. Each shows first what the person made."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from access_tokens.offboarding import disable_tokens_created_by, usable_tokens_created_by
from access_tokens.operations import bulk
from workspaces import operations
from workspaces.console.bulk_progress import BulkProgress, progress_dialog
from workspaces.console.dialogs import close_dialog, redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.errors import Conflict
from workspaces.models import Membership, Workspace
from workspaces.permissions import Permission, Role
from workspaces.views.members import MEMBERS


def member_of(workspace: Workspace, pk: int) -> Membership:
    """Raises: Http404."""
    return get_object_or_404(workspace.memberships.select_related("user", "workspace"), pk=pk)


@require_POST
@workspace_page(Permission.MANAGE_MEMBERS)
def change_role(request: ConsoleRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Give a member another role: at once, if it is not weaker than theirs."""
    member, role = member_of(workspace, pk), _role(request.POST.get("role", ""))
    try:
        if role < member.role:
            operations.require_authority_over(member, by=request.actor)
            operations.require_authority_to_grant(role, workspace, by=request.actor)
            operations.require_another_owner(member)
            if "confirmed" not in request.POST:
                return _ask(request, member, "access_tokens/change_role.html", present=Role(member.role), role=role)
        with transaction.atomic():
            progress = _disable_chosen(request, member)
            if progress.left:
                return _go_on(request, progress)
            member = operations.change_role(member, role, by=request.actor)
    except Conflict as conflict:
        return _stays(request, conflict)
    messages.success(request, f"{member.user.display_name} is now {role.article}.{_and_disabled(progress.total)}")
    if member == request.membership or not request.htmx:
        return redirect_from_dialog(request, MEMBERS.current_list_url(request))
    return trigger_client_event(MEMBERS.render_row(request, MEMBERS.rows(request).get(pk=pk)), "dialog:close")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.MANAGE_MEMBERS)
def remove(request: ConsoleRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Ask, then end somebody else's membership."""
    member = member_of(workspace, pk)
    if member == request.membership:
        return redirect("access_tokens:leave", slug=workspace.slug)
    try:
        operations.require_authority_over(member, by=request.actor)
        operations.require_another_owner(member)
        if request.method != "POST":
            return _ask(request, member, "access_tokens/remove_member.html")
        with transaction.atomic():
            progress = _disable_chosen(request, member)
            if progress.left:
                return _go_on(request, progress)
            operations.remove_member(member, by=request.actor)
    except Conflict as conflict:
        return _stays(request, conflict)
    words = f"{member.user.display_name} is no longer a member.{_and_disabled(progress.total)}"
    return close_dialog(request, words, back_to=MEMBERS.current_list_url(request), event="members:changed")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page()
def leave(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Ask, then end one's own membership."""
    me = request.membership
    try:
        operations.require_another_owner(me)
        if request.method != "POST":
            return _ask(request, me, "access_tokens/leave_workspace.html")
        with transaction.atomic():
            progress = _disable_chosen(request, me)
            if progress.left:
                return _go_on(request, progress)
            operations.leave(me, by=request.actor)
    except Conflict as conflict:
        return _stays(request, conflict)
    messages.success(request, f"You left {workspace.name}.{_and_disabled(progress.total)}")
    return redirect_from_dialog(request, reverse("access_tokens:workspaces"))


def _role(name: str) -> Role:
    try:
        return Role.from_api_name(name)
    except KeyError as error:
        raise BadRequest("There is no such role.") from error


def _disable_chosen(request: ConsoleRequest, member: Membership) -> BulkProgress:
    """Disable what was ticked of the tokens that the dialog offered."""
    if "disable_all" in request.POST:
        disabled = disable_tokens_created_by(member, by=request.actor, limit=bulk.MAX_TOKENS_PER_STEP)
        return BulkProgress(request, disabled + usable_tokens_created_by(member).count, disabled)
    key_ids = set(request.POST.getlist("disable"))
    disabled = disable_tokens_created_by(member, by=request.actor, key_ids=key_ids) if key_ids else 0
    return BulkProgress(request, disabled, disabled)


def _go_on(request: ConsoleRequest, progress: BulkProgress) -> HttpResponse:
    return progress_dialog(request, progress, "Disabling tokens", back_to=MEMBERS.current_list_url(request))


def _and_disabled(count: int) -> str:
    return f" {count} token{' is' if count == 1 else 's are'} disabled." if count else ""


def _ask(request: ConsoleRequest, member: Membership, template: str, **more: Any) -> HttpResponse:
    context = {
        "member": member,
        "legacy": usable_tokens_created_by(member),
        "can_disable": request.membership.has_permission(Permission.DISABLE_TOKENS),
        "list_url": MEMBERS.current_list_url(request),
        **more,
    }
    return render_dialog(request, template, context)


def _stays(request: ConsoleRequest, conflict: Conflict) -> HttpResponse:
    """It can't be, and why: the last Owner, a role that is switched off."""
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    context = {"words": conflict.message, "list_url": MEMBERS.current_list_url(request)}
    return render_dialog(request, "access_tokens/member_not_changed.html", context, status=status)
