from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from workspaces import operations
from workspaces.actors import Actor
from workspaces.admin.operations import OperationForm, OperationsAdmin
from workspaces.errors import Conflict
from workspaces.models import Membership


class AddMembershipForm(OperationForm):
    class Meta:
        model = Membership
        fields = ("workspace", "user", "role")

    def apply(self) -> Membership:
        return operations.add_member(**self.cleaned_data, by=self.actor)


class ChangeMembershipForm(OperationForm):
    class Meta:
        model = Membership
        fields = ("role",)

    def apply(self) -> Membership:
        return operations.change_role(self.instance, self.cleaned_data["role"], by=self.actor)


@admin.register(Membership)
class MembershipAdmin(OperationsAdmin):
    """Memberships. The operations refuse to demote or remove the last Owner, and the page shows their message."""

    can_add = can_change = can_delete = True
    form = ChangeMembershipForm
    list_display = ("user", "workspace", "role", "joined_at")
    list_filter = ("role", "workspace")
    list_select_related = ("user", "workspace")
    search_fields = ("user__email", "user__name", "workspace__name", "workspace__slug")
    search_help_text = "User or workspace"
    autocomplete_fields = ("workspace", "user")
    actions = ("delete_selected",)
    ordering = ("-pk",)
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return ("workspace", "user", "role", "joined_at") if obj else ("workspace", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return ("workspace", "user", "joined_at") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**({} if obj else {"form": AddMembershipForm}), **kwargs})

    def event_filters(self, obj: Membership) -> dict[str, str]:
        return {"q": obj.user.email, "workspace__id__exact": str(obj.workspace_id)}

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        operations.remove_member(obj, by=Actor.operator(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.order_by("workspace_id", "pk"):
            operations.remove_member(membership, by=Actor.operator(request))

    @admin.action(permissions=["delete"], description="Delete selected memberships")
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Membership]) -> HttpResponseBase | None:
        """Delete all of them or none. Otherwise the same as Django's action."""
        try:
            with transaction.atomic():
                return delete_selected(self, request, queryset)
        except Conflict as conflict:
            self.message_user(request, f"Nothing was deleted: {conflict.message}", messages.ERROR)
            return None
