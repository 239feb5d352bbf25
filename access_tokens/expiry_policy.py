"""How long the tokens of a workspace may live, as its Owners say."""

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
from workspaces.models.workspace import DEFAULT_EXPIRIES, MAX_DAYS


class ExpiryPolicyChange(TypedDict, total=False):
    """The rules that a change gives. What is left out stays as it is."""

    max_lifetime_days: int | None
    non_expiring_allowed: bool
    default_expiry: str


@dataclass(frozen=True)
class ExpiryPolicy:
    """What may be chosen when an expiry is chosen. One that is there already stays until somebody moves it.

    The fields are those of the workspace. Days are counted by the calendar, in UTC: the last of them is whole.
    """

    max_lifetime_days: int | None
    non_expiring_allowed: bool
    default_expiry: str

    @classmethod
    def for_workspace(cls, workspace: Workspace) -> Self:
        return cls(workspace.max_lifetime_days, workspace.non_expiring_allowed, workspace.default_expiry)

    def with_changes(self, **change: Unpack[ExpiryPolicyChange]) -> Self:
        """The policy after this change. With a longest lifetime, "never" goes by itself.

        Raises: ValidationError (the fields of the change), if they contradict each other or are out of bounds.
        """
        errors: dict[str, str] = {}
        after = replace(self, **change)
        if (longest := after.max_lifetime_days) is not None:
            after = replace(after, non_expiring_allowed=False)
            if not 1 <= longest <= MAX_DAYS:
                errors["max_lifetime_days"] = f"Choose from 1 to {MAX_DAYS} days, or none."
            if change.get("non_expiring_allowed"):
                errors["non_expiring_allowed"] = (
                    "With a longest lifetime, each token has an end. Choose one of the two."
                )
        if after.default_expiry not in DEFAULT_EXPIRIES:
            errors["default_expiry"] = "Choose one of the expiries on offer."
        elif after.default_expiry == ExpiryPreset.NEVER and not after.non_expiring_allowed:
            errors["default_expiry"] = "Each token has an end here: “never” can't be the default. Choose another one."
        if errors:
            raise ValidationError(errors)
        return after

    @property
    def has_limits(self) -> bool:
        return self.max_lifetime_days is not None or not self.non_expiring_allowed

    def max_expires_at(self, now: datetime | None = None) -> datetime | None:
        """The last instant that may be chosen at `now`; None if there is none."""
        if self.max_lifetime_days is None:
            return None
        return expiry.end_of_day((now or timezone.now()).date() + timedelta(days=self.max_lifetime_days))

    def require(self, expires_at: datetime | None, *, now: datetime | None = None) -> None:
        """Raises: ValidationError, if this expiry can't be chosen, with what can be."""
        latest, until = self.max_expires_at(now), "Choose one."
        if latest:
            days = f"{self.max_lifetime_days} day{'' if self.max_lifetime_days == 1 else 's'}"
            until = f"Choose one within {days}: until {latest:%Y-%m-%dT%H:%M:%SZ}."
        if expires_at is None and not self.non_expiring_allowed:
            raise ValidationError(f"In this workspace each token needs an expiry. {until}", code="needed")
        if expires_at and latest and expires_at > latest:
            raise ValidationError(f"In this workspace that expiry is too far off. {until}", code="too_late")

    def presets(self, now: datetime) -> list[ExpiryPreset]:
        """Those that may be chosen at `now`. A date always may."""
        return [preset for preset in ExpiryPreset if preset == ExpiryPreset.CUSTOM or self._allows(preset, now)]

    def _allows(self, preset: ExpiryPreset, now: datetime) -> bool:
        end, latest = expiry.resolve(preset, now=now), self.max_expires_at(now)
        return self.non_expiring_allowed if end is None else latest is None or end <= latest

    def default_choice(self, now: datetime) -> tuple[ExpiryPreset, date | None]:
        """What a new token is to be offered: the default; where that is too long, the last day that is allowed."""
        default, latest = ExpiryPreset(self.default_expiry), self.max_expires_at(now)
        return (default, None) if latest is None or self._allows(default, now) else (ExpiryPreset.CUSTOM, latest.date())

    def capped_expiry(self, now: datetime) -> datetime | None:
        """The expiry that longer-lived tokens are cut to: the latest, or the default where there is no latest."""
        return self.max_expires_at(now) or expiry.resolve(ExpiryPreset(self.default_expiry), now=now)

    def tokens_exceeding(self, workspace: Workspace, now: datetime) -> AccessTokenQuerySet:
        """The workspace's tokens whose expiry can't be chosen any more: the disabled too, which may be enabled."""
        latest = self.max_expires_at(now)
        too_long = Q(pk__in=()) if self.non_expiring_allowed else Q(expires_at=None)
        if latest:
            too_long |= Q(expires_at__gt=latest)
        tokens: AccessTokenQuerySet = workspace.access_tokens.filter(too_long)
        return tokens
