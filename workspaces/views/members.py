"""The list of members."""

from typing import Any, ClassVar

from django.db.models import OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.mfa import has_mfa
from workspaces.console.filters import ListFilter, role_filter
from workspaces.console.list_page import ListPage
from workspaces.console.page_access import ConsoleRequest
from workspaces.console.tables import ConsoleTable, cell_factory
from workspaces.credentials import get_credentials
from workspaces.models import Membership, Workspace
from workspaces.permissions import Permission, Role, can_manage_role
from workspaces.views.invitations import get_grantable_roles

DISPLAY_NAME = Lower(Coalesce(NullIf("user__name", Value("")), "user__email"))
OF_ACTIVITY = ("last_seen_at", "mfa")
"""The columns for Administrators and above."""

cell = cell_factory("workspaces/member_cells.html")


class MemberTable(ConsoleTable):
    key = "members"
    default_sort = "name"

    name = cell("name", "Name", sort_by=[DISPLAY_NAME], can_be_hidden=False, card_area="head")
    email = cell("email", "E-mail", sort_by=["user__email"])
    role = cell("role", "Role", sort_by=["role"])
    joined_at = cell("joined_at", "Joined", sort_by=["joined_at"])
    tokens = cell("tokens", "Tokens created", sort_by=["token_count"])
    last_seen_at = cell("last_seen_at", "Last seen", sort_by=["last_seen_at"], none="least")
    mfa = cell("mfa", "MFA", sort_by=["has_mfa"])
    actions = cell("actions", "Actions", card_area="act")

    class Meta:
        row_attrs: ClassVar[dict[str, Any]] = {
            "id": lambda record: f"member-{record.pk}",
            "data-state": lambda record: "" if record.user.is_active else "disabled",
        }


class MemberFilter(ListFilter):
    placeholder = "Name or e-mail"

    role = role_filter()

    class Meta:
        model = Membership
        fields: list[str] = []

    def search(self, rows: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        return rows.filter(Q(user__name__icontains=value) | Q(user__email__icontains=value))


def members_of(workspace: Workspace) -> QuerySet[Membership]:
    """The workspace's members with all that a row shows, in one query.

    `token_count`: of the tokens they made here; `has_mfa`: does their sign-in ask for more than a password?
    """
    count = get_credentials().count_created_by(OuterRef("user"), OuterRef("workspace"))
    return workspace.memberships.select_related("workspace", "user").annotate(
        token_count=count, has_mfa=has_mfa("user_id")
    )


def extra_context(request: ConsoleRequest) -> dict[str, Any]:
    """Which members a person may manage, by their role, and which roles they may give."""
    role = Role(request.membership.role)
    can_invite = request.membership.has_permission(Permission.MANAGE_MEMBERS)
    return {
        "me": request.membership,
        "tokens_url": get_credentials().list_url(request.membership.workspace),
        "can_read_events": request.membership.has_permission(Permission.VIEW_EVENTS),
        "manages": [other for other in Role if can_manage_role(role, other)],
        "grants": get_grantable_roles(request),
        "invited": request.membership.workspace.invitations.open().count() if can_invite else None,
    }


def excluded_columns(request: ConsoleRequest) -> tuple[str, ...]:
    return () if request.membership.has_permission(Permission.VIEW_MEMBER_ACTIVITY) else OF_ACTIVITY


MEMBERS = ListPage(
    name="members",
    title="Members",
    noun="member",
    template="workspaces/members.html",
    view="workspaces:members",
    columns_view="workspaces:member_columns",
    table=MemberTable,
    filters=MemberFilter,
    rows=lambda request: members_of(request.membership.workspace),
    extra_context=extra_context,
    excluded_columns=excluded_columns,
)
member_list, columns = MEMBERS.views()
