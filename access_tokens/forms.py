"""What the console's dialogs and settings ask for: a token, a rotation, a rate limit."""

import uuid
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from access_tokens import expiry
from access_tokens.expiry import ExpiryPreset
from access_tokens.expiry_policy import ExpiryPolicy, ExpiryPolicyChange
from access_tokens.models import AccessToken
from workspaces.actors import Actor
from workspaces.models import Workspace
from workspaces.models.workspace import DEFAULT_EXPIRIES
from workspaces.names import MAX_NAME_LENGTH, clean_name
from workspaces.permissions import Role

KEEP = "keep"


def _on(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d}"


def scope_choices(workspace: Workspace, actor: Actor, *, present: int | None = None) -> list[Role]:
    """Scopes that are available and not above the actor's role; the `present` one of a token stays on offer."""
    return [role for role in Role if role <= actor.role and (workspace.is_role_available(role) or role == present)]


class RotationForm(forms.Form):
    """How long the old secret works beside the new one."""

    OVERLAPS = {"now": timedelta(0), "1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
    overlap = forms.ChoiceField(
        choices=[
            ("now", "It stops now"),
            ("1h", "It works for 1 more hour"),
            ("1d", "It works for 1 more day"),
            ("7d", "It works for 7 more days"),
        ],
        error_messages={
            "required": "Choose what becomes of the old secret.",
            "invalid_choice": "Choose one of the overlaps on offer.",
        },
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, token: AccessToken) -> None:
        super().__init__(data, initial={"overlap": "1d", "version": token.version})

    @property
    def change(self) -> dict[str, Any]:
        """What the operation takes. Only after `is_valid()`."""
        return {"overlap": self.OVERLAPS[self.cleaned_data["overlap"]], "version": self.cleaned_data["version"]}


class RateLimitForm(forms.Form):
    """Calls a minute of each token; left empty, the operator's default holds."""

    requests_per_minute = forms.IntegerField(
        required=False, error_messages={"invalid": "Enter a whole number, or nothing."}
    )


class ExpiryPolicyForm(forms.Form):
    """How long tokens may live. Where a longest lifetime is given, "never" is off, whatever its box says."""

    max_lifetime_days = forms.IntegerField(
        required=False, error_messages={"invalid": "Enter a whole number of days, or nothing."}
    )
    non_expiring_allowed = forms.BooleanField(required=False)
    default_expiry = forms.ChoiceField(
        choices=[(value, ExpiryPreset(value).label) for value in DEFAULT_EXPIRIES],
        error_messages={"invalid_choice": "Choose one of the expiries on offer."},
    )

    @classmethod
    def of(cls, policy: ExpiryPolicy) -> Self:
        """The form for the policy as it is."""
        return cls(initial=asdict(policy))

    def clean_non_expiring_allowed(self) -> bool:
        return bool(self.cleaned_data["non_expiring_allowed"]) and self.cleaned_data.get("max_lifetime_days") is None

    @property
    def change(self) -> ExpiryPolicyChange:
        """What the operation takes. Only after `is_valid()`."""
        return cast("ExpiryPolicyChange", self.cleaned_data)


class TokenForm(forms.Form):
    """Label, scope, expiry. `expires_at` of the cleaned data is the resulting instant (None: never)."""

    label = forms.CharField(
        max_length=MAX_NAME_LENGTH,
        error_messages={
            "required": "Enter a label.",
            "max_length": "This label has %(show_value)d characters. Use at most %(limit_value)d.",
        },
    )
    scope = forms.TypedChoiceField(coerce=int, error_messages={"invalid_choice": "Choose one of the scopes on offer."})
    expires = forms.ChoiceField(error_messages={"invalid_choice": "Choose one of the expiries on offer."})
    custom_date = forms.DateField(
        required=False, error_messages={"invalid": "Enter a date as YYYY-MM-DD, for example 2027-01-31."}
    )
    form_id = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, workspace: Workspace, actor: Actor, token: AccessToken | None = None
    ) -> None:
        self.workspace = workspace
        self.token = token
        self.now = timezone.now()
        self.policy = ExpiryPolicy.for_workspace(workspace)
        self.max_expires_at = self.policy.max_expires_at(self.now)
        self.scopes = scope_choices(workspace, actor, present=token.scope if token else None)
        super().__init__(data, initial=self._initial())
        del self.fields["form_id" if token else "version"]
        self.scope_field.choices = [(role.value, role.label) for role in self.scopes]
        self.expires_field.choices = self._expiry_choices()

    @property
    def scope_field(self) -> forms.TypedChoiceField:
        field = self.fields["scope"]
        assert isinstance(field, forms.TypedChoiceField)
        return field

    @property
    def expires_field(self) -> forms.ChoiceField:
        field = self.fields["expires"]
        assert isinstance(field, forms.ChoiceField)
        return field

    def _initial(self) -> dict[str, Any]:
        if self.token:
            return {
                "label": self.token.label,
                "scope": self.token.scope,
                "expires": KEEP,
                "version": self.token.version,
            }
        preset, day = self.policy.default_choice(self.now)
        custom_date = day and day.isoformat()
        return {
            "scope": self.scopes[0].value,
            "expires": preset,
            "custom_date": custom_date,
            "form_id": uuid.uuid4(),
        }

    def _expiry_choices(self) -> list[tuple[str, str]]:
        choices = [(preset.value, self._with_date(preset)) for preset in self.policy.presets(self.now)]
        if self.token:
            kept = f"Keep {_on(self.token.expires_at)}" if self.token.expires_at else "Keep: never"
            choices.insert(0, (KEEP, kept))
        return choices

    def _with_date(self, preset: ExpiryPreset) -> str:
        """`1 month (2026-12-24)`: the preset with the date that it means today."""
        if preset in {ExpiryPreset.CUSTOM, ExpiryPreset.NEVER}:
            return preset.label
        instant = expiry.resolve(preset, now=self.now)
        assert instant is not None
        return f"{preset.label} ({_on(instant)})"

    def clean_label(self) -> str:
        return clean_name(self.cleaned_data["label"], what="label")

    def clean(self) -> dict[str, Any]:
        chosen, custom = self.cleaned_data.get("expires"), self.cleaned_data.get("custom_date")
        if chosen == KEEP and self.token:
            self.cleaned_data["expires_at"] = self.token.expires_at
        elif chosen and not (chosen == ExpiryPreset.CUSTOM and "custom_date" in self.errors):
            self._resolve(ExpiryPreset(chosen), custom)
        return self.cleaned_data

    def _resolve(self, preset: ExpiryPreset, custom: date | None) -> None:
        try:
            expires_at = expiry.resolve(preset, custom=custom, now=self.now)
            expiry.validate(expires_at, now=self.now)
            self.policy.require(expires_at, now=self.now)
        except ValidationError as error:
            self.add_error("custom_date", error)
        else:
            self.cleaned_data["expires_at"] = expires_at

    @property
    def change(self) -> dict[str, Any]:
        """What the operations take. Only after `is_valid()`."""
        return {name: self.cleaned_data[name] for name in ("label", "scope", "expires_at")}

    def refuse(self, error: ValidationError) -> None:
        """Put what an operation said beside the fields it is about."""
        places = {"expires_at": "custom_date"}
        for field, messages in error.message_dict.items():
            self.add_error(places.get(field, field), messages)
