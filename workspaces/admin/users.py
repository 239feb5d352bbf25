"""User accounts in the admin. Changes that concern the workspaces of a user are made by operations."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import email_change
from accounts.admin import ChangeUserForm
from accounts.admin import UserAdmin as BaseUserAdmin
from accounts.mfa import has_mfa
from accounts.models import User
from workspaces.actors import Actor
from workspaces.admin.operations import ActorFormMixin
from workspaces.errors import Conflict
from workspaces.operations import users


class UserForm(ChangeUserForm):
    """Changes the e-mail address and `is_active` with operations, as the last step of validation.

    Their refusals are errors of the fields. The admin validates a form once, in a transaction.
    """

    actor: Actor

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not self.errors:
            set_active = users.reactivate if self.instance.is_active else users.deactivate
            with suppress(Conflict), transaction.atomic():
                self._apply("email", lambda: users.change_email(self.instance, self.instance.email, by=self.actor))
                self._apply("is_active", lambda: set_active(self.instance, by=self.actor))

    def _apply(self, field: str, operation: Callable[[], User]) -> None:
        try:
            if field in self.changed_data:
                operation()
        except Conflict as conflict:
            self.add_error(field, conflict.message)
            raise


@admin.register(User)
class UserAdmin(ActorFormMixin, BaseUserAdmin):
    form = UserForm
    list_display = (*BaseUserAdmin.list_display, "mfa")  # type: ignore[assignment] # one more
    actions = ("reset_mfa",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        queryset: QuerySet[User] = super().get_queryset(request)
        return queryset.annotate(mfa=has_mfa("pk"))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            email_change.notify_previous_address(obj, form.initial["email"])

    @admin.display(boolean=True, description="MFA")
    def mfa(self, obj: Any) -> Any:
        return obj.mfa

    @admin.action(description="Reset MFA of selected users")
    def reset_mfa(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Delete passkeys, authenticator apps and recovery codes. Notify the users by e-mail."""
        reset = [user for user in queryset if users.reset_mfa(user, by=Actor.operator(request))]
        for user in reset:
            self.log_change(request, user, "MFA reset.")
            get_adapter().send_notification_mail("account/email/mfa_reset", user)
        count = f"{len(reset)} user{'' if len(reset) == 1 else 's'}"
        self.message_user(request, f"Reset the MFA of {count}. They can sign in with their password.", messages.SUCCESS)
