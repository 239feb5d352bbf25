"""The list of open invitations, and what is done with them."""

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


def grants_of(request: ConsoleRequest) -> list[Role]:
    """The roles that a member may give in their workspace."""
    return [role for role in request.membership.workspace.roles if role <= request.membership.role]


def open_invitations(workspace: Workspace) -> QuerySet[Invitation]:
    return Invitation.objects.with_status(workspace).open()


def progress(workspace: Workspace) -> dict[str, int] | None:
    """How far the mail is that is going out: how many of how many. None, if none is."""
    queued = workspace.invitations.queued().aggregate(number=Count("pk"), since=Min("queued_at"))
    if not queued["number"]:
        return None
    lately = workspace.invitations.open().filter(queued_at__gte=queued["since"]).count()
    return {"waiting": queued["number"], "total": lately, "done": lately - queued["number"]}


def extra_context(request: ConsoleRequest) -> dict[str, Any]:
    workspace = request.membership.workspace
    return {
        "me": request.membership,
        "grants": grants_of(request),
        "invited": workspace.invitations.open().count(),
        "progress": progress(workspace),
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
    """Ask for addresses, and invite all that can be. Those that can't come back, to be corrected."""
    form = InviteForm(post_data(request), request.FILES or None, grants=grants_of(request))
    if not (form.is_bound and form.is_valid()):
        return _ask(request, form)
    outcome = operations.invite(workspace, form.entries, message=form.cleaned_data["message"], by=request.actor)
    refused = sorted([*form.refused, *outcome.refused], key=lambda one: one.line)
    if refused:
        response = _ask(request, form, refused=refused, made=len(outcome.made))
        return trigger_client_event(response, CHANGED) if outcome.made else response
    messages.success(request, _on_their_way(len(outcome.made)))
    return redirect_from_dialog(request, INVITATIONS.url(request))


@require_POST
@workspace_page(Permission.MANAGE_MEMBERS)
def resend(request: ConsoleRequest, workspace: Workspace, pk: str) -> HttpResponse:
    """Mail another link, which ends the one before."""
    try:
        invitation = operations.resend(invitation_of(workspace, pk), by=request.actor)
    except Conflict as conflict:
        return _changed(request, conflict.message, level=messages.ERROR)
    return _changed(request, f"A new link for {invitation.email} is on its way.")


@require_POST
@workspace_page(Permission.MANAGE_MEMBERS)
def revoke(request: ConsoleRequest, workspace: Workspace, pk: str) -> HttpResponse:
    try:
        invitation = operations.revoke(invitation_of(workspace, pk), by=request.actor)
    except Conflict as conflict:
        return _changed(request, conflict.message, level=messages.ERROR)
    return _changed(request, f"The invitation of {invitation.email} is revoked. Its link opens nothing any more.")


def invitation_of(workspace: Workspace, pk: str) -> Invitation:
    """Raises: Http404."""
    return get_object_or_404(workspace.invitations.select_related("workspace"), pk=pk)


def _on_their_way(number: int) -> str:
    return f"{number} invitation{' is' if number == 1 else 's are'} on {'its' if number == 1 else 'their'} way."


def _changed(request: ConsoleRequest, words: str, *, level: int = messages.SUCCESS) -> HttpResponse:
    return close_dialog(request, words, back_to=INVITATIONS.current_list_url(request), event=CHANGED, level=level)


def _ask(
    request: ConsoleRequest, form: InviteForm, *, refused: Sequence[RejectedInvitee] = (), made: int = 0
) -> HttpResponse:
    """The dialog. With lines that were refused: those that another try may help stand in the field again."""
    workspace = request.membership.workspace
    again = "\n".join(one.text for one in refused if one.is_correctable)
    context = {
        "form": form,
        "addresses": again if refused else form["addresses"].value() or "",
        "refused": refused,
        "made": made,
        "on_their_way": _on_their_way(made),
        "list_url": reverse(INVITATIONS.view if made else "workspaces:members", args=[workspace.slug]),
    }
    is_refused = form.is_bound and not made
    return render_dialog(
        request,
        "workspaces/invite.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK,
    )
