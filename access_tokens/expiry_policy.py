"""The expiry policy of a workspace."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from access_tokens import expiry
from access_tokens.expiry import ExpiryPreset
from access_tokens.models import AccessTokenQuerySet
from workspaces.models import Workspace
from workspaces.models.workspace import DEFAULT_EXPIRY_CHOICES, MAX_LIFETIME_DAYS


class ExpiryPolicyChange(TypedDict, total=False):
    """The fields to change. Omitted fields keep their values."""

    max_lifetime_days: int | None
    non_expiring_allowed: bool
    default_expiry: str


@dataclass(frozen=True)
class ExpiryPolicy:
    """Limits for the expiry of new and edited tokens. Existing tokens keep their expiry until it is changed.

    The fields are those of the workspace. The maximum lifetime ends at the end of its last day in UTC.
    """

    max_lifetime_days: int | None
    non_expiring_allowed: bool
    default_expiry: str

    @classmethod
    def for_workspace(cls, workspace: Workspace) -> Self:
        return cls(workspace.max_lifetime_days, workspace.non_expiring_allowed, workspace.default_expiry)

    def with_changes(self, **change: Unpack[ExpiryPolicyChange]) -> Self:
        """Return the changed policy. A maximum lifetime disallows non-expiring tokens.

        Raises: ValidationError (the fields of the change).
        """
        errors: dict[str, str] = {}
        policy = replace(self, **change)
        if (days := policy.max_lifetime_days) is not None:
            policy = replace(policy, non_expiring_allowed=False)
            if not 1 <= days <= MAX_LIFETIME_DAYS:
                errors["max_lifetime_days"] = f"Choose from 1 to {MAX_LIFETIME_DAYS} days, or no maximum lifetime."
            if change.get("non_expiring_allowed"):
                errors["non_expiring_allowed"] = (
                    "A maximum lifetime disallows non-expiring tokens. Remove it or disallow them."
                )
        if policy.default_expiry not in DEFAULT_EXPIRY_CHOICES:
            errors["default_expiry"] = "Choose one of the listed expiries."
        elif policy.default_expiry == ExpiryPreset.NEVER and not policy.non_expiring_allowed:
            errors["default_expiry"] = "Non-expiring tokens aren't allowed. Choose another default than “never”."
        if errors:
            raise ValidationError(errors)
        return policy

    @property
    def has_limits(self) -> bool:
        return self.max_lifetime_days is not None or not self.non_expiring_allowed

    def max_expires_at(self, now: datetime | None = None) -> datetime | None:
        """Return the latest expiry that can be chosen at `now` (default: the current time), or None if any can."""
        if self.max_lifetime_days is None:
            return None
        return expiry.end_of_day((now or timezone.now()).date() + timedelta(days=self.max_lifetime_days))

    def validate(self, expires_at: datetime | None, *, now: datetime | None = None) -> None:
        """Raises: ValidationError, if the policy doesn't allow this expiry."""
        latest, remedy = self.max_expires_at(now), "Choose one."
        if latest:
            days = f"{self.max_lifetime_days} day{'' if self.max_lifetime_days == 1 else 's'}"
            remedy = f"Choose one within {days}, at the latest {latest:%Y-%m-%dT%H:%M:%SZ}."
        if expires_at is None and not self.non_expiring_allowed:
            raise ValidationError(f"Tokens in this workspace need an expiry. {remedy}", code="needed")
        if expires_at and latest and expires_at > latest:
            raise ValidationError(f"This expiry is after the maximum lifetime of tokens. {remedy}", code="too_late")

    def presets(self, now: datetime) -> list[ExpiryPreset]:
        """Return the presets that can be chosen at `now`. CUSTOM is always one of them."""
        return [preset for preset in ExpiryPreset if preset == ExpiryPreset.CUSTOM or self._allows(preset, now)]

    def _allows(self, preset: ExpiryPreset, now: datetime) -> bool:
        expires_at, latest = expiry.resolve(preset, now=now), self.max_expires_at(now)
        return self.non_expiring_allowed if expires_at is None else latest is None or expires_at <= latest

    def default_choice(self, now: datetime) -> tuple[ExpiryPreset, date | None]:
        """Return the default preset. If it exceeds the maximum lifetime, return CUSTOM and the last allowed day."""
        default, latest = ExpiryPreset(self.default_expiry), self.max_expires_at(now)
        return (default, None) if latest is None or self._allows(default, now) else (ExpiryPreset.CUSTOM, latest.date())

    def capped_expiry(self, now: datetime) -> datetime | None:
        """Return the new expiry of tokens that exceed the policy: the latest one, or the default if there is none."""
        return self.max_expires_at(now) or expiry.resolve(ExpiryPreset(self.default_expiry), now=now)

    def tokens_exceeding(self, workspace: Workspace, now: datetime) -> AccessTokenQuerySet:
        """Return the tokens, also disabled ones, whose expiry can't be chosen any more."""
        latest = self.max_expires_at(now)
        exceeds = Q(pk__in=()) if self.non_expiring_allowed else Q(expires_at=None)
        if latest:
            exceeds |= Q(expires_at__gt=latest)
        tokens: AccessTokenQuerySet = workspace.access_tokens.filter(exceeds)
        return tokens
