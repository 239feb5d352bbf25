"""Forms of the token dialogs and of the token policies."""

import uuid
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from access_tokens import expiry
from access_tokens.expiry import ExpiryPreset
from access_tokens.expiry_policy import ExpiryPolicy, ExpiryPolicyChange
from access_tokens.models import AccessToken
from workspaces.actors import Actor
from workspaces.models import Workspace
from workspaces.models.workspace import DEFAULT_EXPIRY_CHOICES
from workspaces.names import MAX_NAME_LENGTH, clean_name
from workspaces.permissions import Role

KEEP_EXPIRY = "keep"
CHOOSE_EXPIRY = "Choose an expiry from the list."


def with_version(data: QueryDict, version: int) -> QueryDict:
    """Return submitted data as a change to `version`, for a form that is shown again after a conflict."""
    data = data.copy()
    data["version"] = str(version)
    return data


class TokenForm(forms.Form):
    """Label, scope and expiry of a new or existing token.

    `cleaned_data["expires_at"]` is the chosen expiry: a time in UTC, or None for a token that never expires.
    """

    label = forms.CharField(
        max_length=MAX_NAME_LENGTH,
        error_messages={
            "required": "Enter a label.",
            "max_length": "This label has %(show_value)d characters. Use at most %(limit_value)d.",
        },
    )
    scope = forms.TypedChoiceField(
        coerce=int,
        error_messages={"required": "Choose a scope.", "invalid_choice": "Choose a scope from the list."},
    )
    expires = forms.ChoiceField(
        widget=forms.Select({"class": "input", "aria-describedby": "expiry-hint"}),
        error_messages={"required": "Choose an expiry.", "invalid_choice": CHOOSE_EXPIRY},
    )
    custom_date = forms.DateField(
        required=False, error_messages={"invalid": "Enter a date as YYYY-MM-DD, for example 2027-01-31."}
    )
    form_id = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, workspace: Workspace, actor: Actor, token: AccessToken | None = None
    ) -> None:
        self.token, self.now = token, timezone.now()
        self.policy = ExpiryPolicy.for_workspace(workspace)
        self.max_expires_at = self.policy.max_expires_at(self.now)
        self.scopes = [
            role
            for role in Role
            if role <= actor.role and (workspace.is_role_available(role) or (token and role == token.scope))
        ]
        super().__init__(data, initial=self._initial_of_token(token) if token else self._initial_of_new_token())
        del self.fields["form_id" if token else "version"]
        cast("forms.ChoiceField", self.fields["scope"]).choices = [(role.value, role.label) for role in self.scopes]
        cast("forms.ChoiceField", self.fields["expires"]).choices = self._expiry_choices()

    def _initial_of_token(self, token: AccessToken) -> dict[str, Any]:
        return {"label": token.label, "scope": token.scope, "expires": KEEP_EXPIRY, "version": token.version}

    def _initial_of_new_token(self) -> dict[str, Any]:
        preset, day = self.policy.default_choice(self.now)
        custom_date = day and day.isoformat()
        scope = self.scopes[0].value
        return {"scope": scope, "expires": preset, "custom_date": custom_date, "form_id": uuid.uuid4()}

    def _expiry_choices(self) -> list[tuple[str, str]]:
        choices = [(preset.value, self._preset_label(preset)) for preset in self.policy.presets(self.now)]
        if self.token:
            current = f"{self.token.expires_at:%Y-%m-%d}" if self.token.expires_at else "Never"
            choices.insert(0, (KEEP_EXPIRY, f"No change ({current})"))
        return choices

    def _preset_label(self, preset: ExpiryPreset) -> str:
        """Return the label with the date that the preset means today, for example `1 month (2026-12-24)`."""
        expires_at = None if preset == ExpiryPreset.CUSTOM else expiry.resolve(preset, now=self.now)
        return f"{preset.label} ({expires_at:%Y-%m-%d})" if expires_at else preset.label

    def clean_label(self) -> str:
        return clean_name(self.cleaned_data["label"], noun="label")

    def clean(self) -> dict[str, Any]:
        choice, custom_date = self.cleaned_data.get("expires"), self.cleaned_data.get("custom_date")
        if choice == KEEP_EXPIRY and self.token:
            self.cleaned_data["expires_at"] = self.token.expires_at
        elif choice and not (choice == ExpiryPreset.CUSTOM and "custom_date" in self.errors):
            self._clean_expiry(ExpiryPreset(choice), custom_date)
        return self.cleaned_data

    def _clean_expiry(self, preset: ExpiryPreset, custom_date: date | None) -> None:
        try:
            expires_at = expiry.resolve(preset, custom=custom_date, now=self.now)
            expiry.validate(expires_at, now=self.now)
            self.policy.validate(expires_at, now=self.now)
        except ValidationError as error:
            self.add_error("custom_date", error)
        else:
            self.cleaned_data["expires_at"] = expires_at

    @property
    def change(self) -> dict[str, Any]:
        """The arguments of the operations. Only after `is_valid()`."""
        return {name: self.cleaned_data[name] for name in ("label", "scope", "expires_at")}

    def add_operation_errors(self, error: ValidationError) -> None:
        """Show an operation's errors next to the fields that they are about."""
        for field, messages in error.message_dict.items():
            self.add_error("custom_date" if field == "expires_at" else field, messages)


class RotationForm(forms.Form):
    """The overlap period in which a token's current secret still works after the rotation."""

    OVERLAPS = {"now": timedelta(0), "1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
    overlap = forms.ChoiceField(
        choices=[("now", "Now"), ("1h", "In 1 hour"), ("1d", "In 1 day"), ("7d", "In 7 days")],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose when the current secret stops working.",
            "invalid_choice": "Choose a time from the list.",
        },
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, token: AccessToken) -> None:
        super().__init__(data, initial={"overlap": "1d", "version": token.version})

    @property
    def change(self) -> dict[str, Any]:
        """The arguments of the operation. Only after `is_valid()`."""
        return {"overlap": self.OVERLAPS[self.cleaned_data["overlap"]], "version": self.cleaned_data["version"]}


class RateLimitForm(forms.Form):
    """Requests per minute for each token. If the field is empty, the operator's default applies."""

    requests_per_minute = forms.IntegerField(
        required=False, error_messages={"invalid": "Enter a whole number, or leave the field empty."}
    )


class ExpiryPolicyForm(forms.Form):
    """The expiry policy. With a maximum lifetime, non-expiring tokens are not allowed, whatever their box says."""

    max_lifetime_days = forms.IntegerField(
        required=False, error_messages={"invalid": "Enter a whole number of days, or leave the field empty."}
    )
    non_expiring_allowed = forms.BooleanField(required=False)
    default_expiry = forms.ChoiceField(
        choices=[(value, ExpiryPreset(value).label) for value in DEFAULT_EXPIRY_CHOICES],
        widget=forms.Select({"class": "input", "aria-describedby": "default-expiry-hint"}),
        error_messages={"required": CHOOSE_EXPIRY, "invalid_choice": CHOOSE_EXPIRY},
    )

    @classmethod
    def for_policy(cls, policy: ExpiryPolicy) -> Self:
        return cls(initial=asdict(policy))

    def clean_non_expiring_allowed(self) -> bool:
        return bool(self.cleaned_data["non_expiring_allowed"]) and self.cleaned_data.get("max_lifetime_days") is None

    @property
    def change(self) -> ExpiryPolicyChange:
        """The arguments of the operation. Only after `is_valid()`."""
        return cast("ExpiryPolicyChange", self.cleaned_data)
