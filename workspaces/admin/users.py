"""People for operators: what concerns the workspaces that somebody is in is done by operations, with events there."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import email_change
from accounts.admin import ChangeUserForm, UserAdmin
from accounts.mfa import has_mfa
from accounts.models import User
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.operations import users


class ChangePersonForm(ChangeUserForm):
    """As the last step of checking it, the e-mail and the activity change by operations: a refusal stands beside them.

    The admin calls this within a transaction and looks at the form once.
    """

    actor: Actor

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # a hook of Django's that the stubs leave out
        if not self.errors:
            with suppress(Conflict), transaction.atomic():
                self._apply("email", lambda: users.change_email(self.instance, self.instance.email, by=self.actor))
                self._apply("is_active", lambda: self._activity()(self.instance, by=self.actor))

    def _apply(self, field: str, change: Callable[[], User]) -> None:
        try:
            if field in self.changed_data:
                change()
        except Conflict as refusal:
            self.add_error(field, refusal.message)
            raise

    def _activity(self) -> Callable[..., User]:
        return users.reactivate if self.instance.is_active else users.deactivate


@admin.register(User)
class PersonAdmin(UserAdmin):
    form = ChangePersonForm
    list_display = (*UserAdmin.list_display, "mfa")  # type: ignore[assignment] # one more
    actions = ("reset_mfa",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        queryset: QuerySet[User] = super().get_queryset(request)
        return queryset.annotate(mfa=has_mfa("pk"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.actor = Actor.operator(request)  # type: ignore[attr-defined] # the class is made with_current_role for each request
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            email_change.notify_previous_address(obj, form.initial["email"])

    @admin.display(boolean=True, description="MFA")
    def mfa(self, obj: Any) -> Any:
        return obj.mfa

    @admin.action(description="Reset passkeys and codes of selected people (who lost their device)")
    def reset_mfa(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Each is told by mail, and so are their workspaces by an event."""
        reset = [user for user in queryset if users.reset_mfa(user, by=Actor.operator(request))]
        for user in reset:
            self.log_change(request, user, "Passkeys and codes reset.")
            get_adapter().send_notification_mail("account/email/mfa_reset", user)
        self.message_user(request, f"Reset for {len(reset)}: they sign in by password alone now.", messages.SUCCESS)
