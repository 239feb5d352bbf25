"""The operators' side of people, and what each page of the admin has in common: our sign-in, staff only."""

from typing import Any

from allauth.account import admin as allauth_admin
from allauth.account.decorators import secure_admin_login
from allauth.mfa import admin as mfa_admin
from allauth.usersessions import admin as sessions_admin
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django_tasks_db import admin as tasks_admin

from accounts.models import User

admin.site.site_header = "Latchkey operators"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # as allauth asks for
UNASKED_FOR = (
    *(Group, allauth_admin.EmailAddress, mfa_admin.Authenticator, sessions_admin.UserSession),
    tasks_admin.DBTaskResult,  # type: ignore[attr-defined] # imported there, not exported
)
admin.site.unregister(UNASKED_FOR)

OPERATOR_MAY = "May open this admin and do everything in it, in every workspace."
WITHOUT_PASSWORD = "Leave both empty for somebody who is to set one by “Forgot your password?” on the sign-in page."


class OperatorAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # takes no type at run time
    """Every operator can use every page: there is one kind of operator. The site lets nobody else in."""

    can_add = can_change = can_delete = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.can_change

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.can_delete


class EmailIsTheLogin:
    """For both forms: an e-mail is kept in lower case, so that it is found and unique in any."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.strip().lower()


class AddUserForm(EmailIsTheLogin, BaseUserCreationForm[User]):
    """A new person, with a password or, to be set by themselves, without."""

    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].required = False
        self.fields["password2"].help_text = WITHOUT_PASSWORD

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if bool(self.cleaned_data.get("password1")) != bool(self.cleaned_data.get("password2")) and not self.errors:
            self.add_error("password2", ValidationError("Enter the password twice, or not at all."))
        return cleaned

    def set_password_and_save(self, user: User, *args: Any, commit: bool = True, **kwargs: Any) -> User:
        """An empty password is none: the stock form would take the empty string for one."""
        user.set_password(self.cleaned_data["password1"] or None)
        if commit:
            user.save()
        return user


class ChangeUserForm(EmailIsTheLogin, UserChangeForm):  # type: ignore[type-arg] # takes no type at run time
    class Meta:
        model = User
        fields = ("email", "name", "password", "is_active", "is_staff")
        help_texts = {"is_staff": OPERATOR_MAY}


class UserAdmin(OperatorAdmin, auth_admin.UserAdmin):  # type: ignore[type-arg] # takes no type at run time
    """People are deactivated, never deleted: their name stands in tokens and events.

    `workspaces` registers it, with the changes that concern somebody's workspaces.
    """

    can_add = can_change = True
    form = ChangeUserForm
    add_form = AddUserForm
    add_form_template = "admin/accounts/user/add_form.html"
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Access", {"fields": ("is_active", "is_staff")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    search_help_text = "E-mail or name"
    ordering = ("email",)
    filter_horizontal = ()
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Operators vouch for the e-mails of those whom they add."""
        super().save_model(request, obj, form, change)
        if not change:
            obj.vouch_for_email()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Nobody locks themselves out: the last operator could not be let in again from here."""
        own = ("is_active", "is_staff") if obj is not None and obj == request.user else ()
        return (*super().get_readonly_fields(request, obj), *own)
