"""Invitations: list, invite, resend, revoke."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

import django_filters
from django.contrib import messages
from django.db.models import Case, Count, Min, QuerySet, Value, When
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from workspaces.console.dialogs import close_dialog, redirect_from_dialog, render_dialog
from workspaces.console.filters import ListFilter, role_filter
from workspaces.console.list_page import ListPage
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.console.tables import ConsoleTable, cell_factory
from workspaces.errors import Conflict
from workspaces.forms import post_data
from workspaces.invitations import operations
from workspaces.invitations.address_lists import RejectedInvitee
from workspaces.invitations.forms import InviteForm
from workspaces.models import Invitation, Workspace
from workspaces.models.invitation import InvitationStatus
from workspaces.permissions import Permission, Role

CHANGED = "invitations:changed"
cell = cell_factory("workspaces/invitation_cells.html")
IN_ORDER = Case(*[When(status=status, then=Value(number)) for number, status in enumerate(InvitationStatus)])


class InvitationTable(ConsoleTable):
    key = "invitations"
    default_sort = "-queued_at"

    email = cell("email", "E-mail", sort_by=[Lower("email")], can_be_hidden=False, card_area="head")
    role = cell("role", "Role", sort_by=["role"])
    inviter = cell("inviter", "Invited by", sort_by=[Lower("inviter_name")])
    queued_at = cell("queued_at", "Invited", sort_by=["queued_at"])
    expires_at = cell("expires_at", "Expires", sort_by=["expires_at"])
    status = cell("status", "Status", sort_by=[IN_ORDER], can_be_hidden=False, card_area="st")
    actions = cell("actions", "Actions", card_area="act")

    class Meta:
        row_attrs: ClassVar[dict[str, Any]] = {
            "id": lambda record: f"invitation-{record.pk}",
            "data-state": lambda record: "disabled" if record.status == InvitationStatus.EXPIRED else "",
        }


class InvitationFilter(ListFilter):
    placeholder = "E-mail"
    segmented = "status"

    role = role_filter()
    status = django_filters.ChoiceFilter("status", label="status", empty_label="All", choices=InvitationStatus.choices)

    class Meta:
        model = Invitation
        fields: list[str] = []

    def search(self, rows: QuerySet[Invitation], name: str, value: str) -> QuerySet[Invitation]:
        return rows.filter(email__icontains=value)


def get_grantable_roles(request: ConsoleRequest) -> list[Role]:
    """Return the roles that the member can grant."""
    return [role for role in request.membership.workspace.roles if role <= request.membership.role]


def open_invitations(workspace: Workspace) -> QuerySet[Invitation]:
    return Invitation.objects.with_status(workspace).open()


def get_sending_progress(workspace: Workspace) -> dict[str, int] | None:
    """Return how many e-mails of the current batch are sent, or None if no e-mail is waiting."""
    queued = workspace.invitations.queued().aggregate(number=Count("pk"), since=Min("queued_at"))
    if not queued["number"]:
        return None
    batch = workspace.invitations.open().filter(queued_at__gte=queued["since"]).count()
    return {"waiting": queued["number"], "total": batch, "done": batch - queued["number"]}


def extra_context(request: ConsoleRequest) -> dict[str, Any]:
    workspace = request.membership.workspace
    return {
        "me": request.membership,
        "grants": get_grantable_roles(request),
        "invited": workspace.invitations.open().count(),
        "progress": get_sending_progress(workspace),
    }


INVITATIONS = ListPage(
    name="invitations",
    title="Invitations",
    noun="invitation",
    template="workspaces/invitations.html",
    view="workspaces:invitations",
    columns_view="workspaces:invitation_columns",
    permission=Permission.MANAGE_MEMBERS,
    table=InvitationTable,
    filters=InvitationFilter,
    rows=lambda request: open_invitations(request.membership.workspace),
    extra_context=extra_context,
)
invitation_list, columns = INVITATIONS.views()


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.MANAGE_MEMBERS)
def invite(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Ask for addresses and invite them. Lines that can't be invited come back to be corrected."""
    form = InviteForm(post_data(request), request.FILES or None, roles=get_grantable_roles(request))
    if not (form.is_bound and form.is_valid()):
        return _invite_dialog(request, form)
    outcome = operations.invite(workspace, form.invitees, message=form.cleaned_data["message"], by=request.actor)
    rejected = sorted([*form.rejected, *outcome.rejected], key=lambda line: line.line)
    if rejected:
        response = _invite_dialog(request, form, rejected=rejected, invited_count=len(outcome.invitations))
        return trigger_client_event(response, CHANGED) if outcome.invitations else response
    messages.success(request, _invited_message(len(outcome.invitations)))
    return redirect_from_dialog(request, INVITATIONS.url(request))


@require_POST
@workspace_page(Permission.MANAGE_MEMBERS)
def resend(request: ConsoleRequest, workspace: Workspace, pk: str) -> HttpResponse:
    """Send a new link. The previous one stops working."""
    try:
        invitation = operations.resend(get_invitation(workspace, pk), by=request.actor)
    except Conflict as conflict:
        return _reload_list(request, conflict.message, level=messages.ERROR)
    return _reload_list(request, f"Sending a new link to {invitation.email}.")


@require_POST
@workspace_page(Permission.MANAGE_MEMBERS)
def revoke(request: ConsoleRequest, workspace: Workspace, pk: str) -> HttpResponse:
    try:
        invitation = operations.revoke(get_invitation(workspace, pk), by=request.actor)
    except Conflict as conflict:
        return _reload_list(request, conflict.message, level=messages.ERROR)
    return _reload_list(request, f"Revoked the invitation of {invitation.email}. Its link no longer works.")


def get_invitation(workspace: Workspace, pk: str) -> Invitation:
    """Return an invitation of the workspace. Raises: Http404."""
    return get_object_or_404(workspace.invitations.select_related("workspace"), pk=pk)


def _invited_message(number: int) -> str:
    return f"Sending {number} invitation{'' if number == 1 else 's'}."


def _reload_list(request: ConsoleRequest, message: str, *, level: int = messages.SUCCESS) -> HttpResponse:
    return close_dialog(request, message, back_to=INVITATIONS.current_list_url(request), event=CHANGED, level=level)


def _invite_dialog(
    request: ConsoleRequest, form: InviteForm, *, rejected: Sequence[RejectedInvitee] = (), invited_count: int = 0
) -> HttpResponse:
    """Render the dialog. Rejected lines that can be corrected are in the address field again."""
    workspace = request.membership.workspace
    again = "\n".join(one.text for one in rejected if one.can_be_corrected)
    context = {
        "form": form,
        "addresses": again if rejected else form["addresses"].value() or "",
        "rejected": rejected,
        "invited_count": invited_count,
        "invited_message": _invited_message(invited_count),
        "list_url": reverse(INVITATIONS.view if invited_count else "workspaces:members", args=[workspace.slug]),
    }
    has_failed = form.is_bound and not invited_count
    return render_dialog(
        request,
        "workspaces/invite.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if has_failed else HTTPStatus.OK,
    )
