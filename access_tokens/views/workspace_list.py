"""The list of the workspaces that a person is a member of."""

from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from access_tokens.expiry import EXPIRING_SOON
from access_tokens.models import AccessToken, ExpiryRange
from accounts.models import User
from workspaces.console.filters import ListFilter, role_filter
from workspaces.console.list_page import ListPage
from workspaces.console.page_access import ConsoleRequest
from workspaces.console.tables import ConsoleTable, cell_factory
from workspaces.models import Membership

cell = cell_factory("access_tokens/workspace_cells.html")


class WorkspaceTable(ConsoleTable):
    key = "workspaces"
    default_sort = "-last_seen_at"

    name = cell("name", "Name", sort_by=[Lower("workspace__name")], card_area="head")
    role = cell("role", "My role", sort_by=["role"])
    members = cell("members", "Members", sort_by=["member_count"])
    active = cell("active", "Active tokens", sort_by=["active_count"])
    expiring = cell("expiring", f"Expire within {EXPIRING_SOON.days} days", sort_by=["expiring_count"])
    last_seen_at = cell("last_seen_at", "Last visited", sort_by=["last_seen_at"], none="least")

    class Meta:
        row_attrs: ClassVar[dict[str, Any]] = {"id": lambda record: f"workspace-{record.workspace_id}"}


class WorkspaceFilter(ListFilter):
    placeholder = "Name or slug"

    role = role_filter()

    class Meta:
        model = Membership
        fields: list[str] = []

    def search(self, rows: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        return rows.filter(Q(workspace__name__icontains=value) | Q(workspace__slug__icontains=value))


def memberships_with_counts(user: User) -> QuerySet[Membership]:
    """Return the memberships of `user`, annotated with what a row shows, in one query."""
    now = timezone.now()
    active = AccessToken.objects.active(now)
    return Membership.objects.for_user(user).annotate(
        member_count=_count_per_workspace(Membership.objects.all()),
        active_count=_count_per_workspace(active),
        expiring_count=_count_per_workspace(active.filter_expiry(ExpiryRange.SOON, now)),
    )


def _count_per_workspace(rows: QuerySet[Any]) -> Coalesce:
    """Return the number of `rows` that belong to the workspace of the outer query."""
    counts = rows.filter(workspace=OuterRef("workspace")).order_by().values("workspace").annotate(count=Count("pk"))
    return Coalesce(Subquery(counts.values("count")), 0)


def workspace_list_context(request: ConsoleRequest) -> dict[str, Any]:
    return {
        "can_create_workspaces": settings.ALLOW_WORKSPACE_CREATION,
        "deleted_memberships": Membership.objects.restorable_by(request.user),
    }


WORKSPACES = ListPage(
    name="workspaces",
    title="Workspaces",
    noun="workspace",
    template="access_tokens/workspace_list.html",
    view="access_tokens:workspaces",
    table=WorkspaceTable,
    filters=WorkspaceFilter,
    rows=lambda request: memberships_with_counts(request.user),
    extra_context=workspace_list_context,
)


@require_safe
def workspace_list(request: ConsoleRequest) -> HttpResponse:
    return WORKSPACES.respond(request)
