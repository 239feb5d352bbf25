"""The Django admin: sign-in, the base of every page, and user accounts."""

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
HIDDEN_MODELS = (
    *(Group, allauth_admin.EmailAddress, mfa_admin.Authenticator, sessions_admin.UserSession),
    tasks_admin.DBTaskResult,  # type: ignore[attr-defined] # imported there, not exported
)
admin.site.unregister(HIDDEN_MODELS)

OPERATOR_HELP = "Can use this admin, with full access to every workspace."
NO_PASSWORD_HELP = "Leave both fields empty to let the person set a password with “Forgot your password?”."


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


class LowercaseEmailMixin:
    """Form mixin that stores e-mail addresses in lower case."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.strip().lower()


class AddUserForm(LowercaseEmailMixin, BaseUserCreationForm[User]):
    """A new user, with or without a password."""

    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].required = False
        self.fields["password2"].help_text = NO_PASSWORD_HELP

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if bool(self.cleaned_data.get("password1")) != bool(self.cleaned_data.get("password2")) and not self.errors:
            self.add_error("password2", ValidationError("Enter the password in both fields, or leave both empty."))
        return cleaned

    def set_password_and_save(self, user: User, *args: Any, commit: bool = True, **kwargs: Any) -> User:
        """Save a user without a usable password if the field is empty. Django's form would use the empty string."""
        user.set_password(self.cleaned_data["password1"] or None)
        if commit:
            user.save()
        return user


class ChangeUserForm(LowercaseEmailMixin, UserChangeForm):  # type: ignore[type-arg] # takes no type at run time
    class Meta:
        model = User
        fields = ("email", "name", "password", "is_active", "is_staff")
        help_texts = {"is_staff": OPERATOR_HELP}


class UserAdmin(OperatorAdmin, auth_admin.UserAdmin):  # type: ignore[type-arg] # takes no type at run time
    """Users. They are deactivated, never deleted, because tokens and events refer to them.

    The app above this one registers this page with the changes that affect a user's workspaces.
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
    search_help_text = "E-mail address or name"
    ordering = ("email",)
    filter_horizontal = ()
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Count the e-mail address of a new user as verified, because an operator entered it."""
        super().save_model(request, obj, form, change)
        if not change:
            obj.mark_email_verified()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Keep operators from locking themselves out."""
        own = ("is_active", "is_staff") if obj is not None and obj == request.user else ()
        return (*super().get_readonly_fields(request, obj), *own)
