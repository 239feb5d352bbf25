from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from accounts.models import User
from workspaces import operations
from workspaces.actors import Actor
from workspaces.admin.operations import OperationForm, OperationsAdmin
from workspaces.credentials import get_credentials
from workspaces.errors import Conflict
from workspaces.models import Membership, Workspace
from workspaces.operations.workspace_deletion import restore_workspace
from workspaces.permissions import Role

ALL_LOCATIONS = (ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM)


def _count(relation: str, **filters: Any) -> Subquery:
    """Count related rows in a subquery, so that several counts don't multiply each other."""
    rows = Workspace.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    return Subquery(rows.annotate(count=Count(relation, filter=Q(**filters))).values("count"))


class AddWorkspaceForm(OperationForm):
    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        label="First Owner",
        help_text="They can invite other members.",
        widget=AutocompleteSelect(Membership._meta.get_field("user"), admin.site),
    )

    class Meta:
        model = Workspace
        fields = ("name", "slug")
        help_texts = {"slug": "Its public ID in URLs and in the API. It never changes and is never reused."}

    def apply(self) -> Workspace:
        return operations.create_workspace(**self.cleaned_data, by=self.actor)


@admin.register(Workspace)
class WorkspaceAdmin(OperationsAdmin):
    can_add = True
    form = AddWorkspaceForm
    fields = (
        *("name", "slug", "created_at", "available_roles_list", "copy_policy"),
        *("max_lifetime_days", "non_expiring_allowed", "default_expiry", "owners", "deleted_at", "purge_at"),
    )
    readonly_fields = ("created_at", "available_roles_list", "owners", "deleted_at", "purge_at")
    list_display = ("name", "slug", "members", "active_owners", "tokens", "created_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter),)
    actions = ("restore",)
    search_fields = ("name", "slug")
    search_help_text = "Name or slug"
    ordering = ("name", "pk")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        workspaces: QuerySet[Workspace] = super().get_queryset(request)
        return workspaces.annotate(
            member_count=_count("memberships"),
            owner_count=_count("memberships", memberships__role=Role.OWNER, memberships__user__is_active=True),
            token_count=get_credentials().count_in_workspace(OuterRef("pk")),
        )

    def get_fields(self, request: HttpRequest, obj: Workspace | None = None) -> Any:
        return super().get_fields(request, obj) if obj else ("name", "slug", "owner")

    def event_filters(self, obj: Workspace) -> dict[str, str]:
        return {"workspace__id__exact": str(obj.pk)}

    @admin.action(description="Restore", description_plural="Restore selected workspaces", location=ALL_LOCATIONS)
    def restore(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        for workspace in queryset.exclude(deleted_at=None):
            try:
                restore_workspace(workspace, by=Actor.operator(request))
            except Conflict as conflict:
                self.message_user(request, conflict.message, messages.ERROR)
            else:
                self.message_user(request, f"{workspace.name} is restored.", messages.SUCCESS)

    @admin.display(description="purged at")
    def purge_at(self, obj: Workspace) -> datetime | None:
        return obj.purge_at

    @admin.display(ordering="member_count")
    def members(self, obj: Any) -> Any:
        return obj.member_count

    @admin.display(ordering="owner_count", description="owners who can sign in")
    def active_owners(self, obj: Any) -> Any:
        return obj.owner_count

    @admin.display(ordering="token_count")
    def tokens(self, obj: Any) -> Any:
        return obj.token_count

    @admin.display(description="available roles")
    def available_roles_list(self, obj: Workspace) -> str:
        return ", ".join(role.label for role in obj.roles)

    @admin.display(description="owners")
    def owners(self, obj: Workspace) -> str:
        owners = obj.memberships.filter(role=Role.OWNER).select_related("user")
        return ", ".join(membership.user.email for membership in owners)
