from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact
from django.utils import timezone

from workspaces.permissions import ALL_ROLES, Role, is_role_available, role_bits

SLUG_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?\Z"
validate_slug = RegexValidator(
    SLUG_PATTERN, "Use 1 to 50 lower-case letters, digits and hyphens; no hyphen at either end."
)


MAX_REQUESTS_PER_MINUTE = 1_000_000
"""No operator's ceiling is above it: the API tells it as the bound of what may be chosen."""


def requests_per_minute(chosen: int | None) -> int:
    """The Owners' choice or the operator's default, within the operator's ceiling."""
    limit: int = min(chosen or settings.RATE_LIMIT, settings.RATE_LIMIT_CEILING)
    return limit


MAX_DAYS = 3650
"""No longest lifetime is above it."""
DEFAULT_EXPIRIES = ("1w", "1m", "6m", "1y", "never")
"""What may be the default expiry of new tokens: the presets that need no date."""
RESTORE_PERIOD = timedelta(days=7)
"""For so long a deleted workspace can be brought back."""


class CopyPolicy(models.TextChoices):
    ENCRYPTED = "encrypted", "Tokens may be copied later"
    SHOW_ONCE = "show_once", "Tokens are shown once"


class UsedSlug(models.Model):
    """Every slug that a workspace ever had. Rows stay when workspaces go: gateways trust slugs."""

    slug = models.CharField(max_length=50, primary_key=True)

    def __str__(self) -> str:
        return self.slug


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def restorable(self, at: datetime | None = None) -> Self:
        """Deleted, and not for so long that they can't be brought back at `at` (now)."""
        return self.filter(deleted_at__gt=(at or timezone.now()) - RESTORE_PERIOD)

    def due_for_purge(self, at: datetime | None = None) -> Self:
        """Deleted so long before `at` (now) that they are to go for good."""
        return self.filter(deleted_at__lte=(at or timezone.now()) - RESTORE_PERIOD)


class Workspace(models.Model):
    """The tenant.

    available_roles: has the bit of each role that members and tokens may have here.
    rate_limit: calls a minute that each token may make; None for what the operator sets.
    max_lifetime_days: how far ahead an expiry may lie when it is chosen; None for any.
    non_expiring_allowed: may tokens be given no end? Not where there is a longest lifetime.
    default_expiry: what is proposed for a new token.
    deleted_at: since when its tokens are refused and its pages are shut. It goes for good `RESTORE_PERIOD` later.
    version: incremented by each change that the API shows.
    """

    slug = models.CharField(max_length=50, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    available_roles = models.BigIntegerField(default=ALL_ROLES)
    copy_policy = models.CharField(max_length=10, choices=CopyPolicy, default=CopyPolicy.ENCRYPTED)
    rate_limit = models.PositiveIntegerField(null=True, blank=True)
    max_lifetime_days = models.PositiveSmallIntegerField(null=True, blank=True)
    non_expiring_allowed = models.BooleanField(default=True)
    default_expiry = models.CharField(max_length=5, default="1m")
    deleted_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="workspace_owner_is_always_available",
                condition=Exact(F("available_roles").bitand(role_bits(Role.OWNER)), role_bits(Role.OWNER)),
            ),
            models.CheckConstraint(
                name="workspace_available_roles_are_known",
                condition=Exact(F("available_roles").bitand(ALL_ROLES), F("available_roles")),
            ),
            models.CheckConstraint(
                name="workspace_copy_policy_is_known", condition=Q(copy_policy__in=CopyPolicy.values)
            ),
            models.CheckConstraint(name="workspace_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="workspace_rate_limit_lets_calls_through", condition=~Q(rate_limit=0)),
            models.CheckConstraint(
                name="workspace_max_lifetime_is_an_end",
                condition=Q(max_lifetime_days=None)
                | Q(max_lifetime_days__gte=1, max_lifetime_days__lte=MAX_DAYS, non_expiring_allowed=False),
            ),
            models.CheckConstraint(
                name="workspace_default_expiry_is_allowed",
                condition=Q(default_expiry__in=DEFAULT_EXPIRIES)
                & (Q(non_expiring_allowed=True) | ~Q(default_expiry="never")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_role_available(self, role: int) -> bool:
        """Is `role` available here, to members and as a token's scope?"""
        return is_role_available(role, self.available_roles)

    @property
    def roles(self) -> list[Role]:
        """The roles that are available here, weakest first."""
        return [role for role in Role if self.is_role_available(role)]

    @property
    def keeps_encrypted_copies(self) -> bool:
        return self.copy_policy == CopyPolicy.ENCRYPTED

    @property
    def requests_per_minute(self) -> int:
        """What holds for each token."""
        return requests_per_minute(self.rate_limit)

    @property
    def purge_at(self) -> datetime | None:
        """When a deleted workspace goes for good; until then it can be brought back."""
        return self.deleted_at and self.deleted_at + RESTORE_PERIOD

    def is_restorable(self, at: datetime | None = None) -> bool:
        """The same as `restorable` of the database."""
        return self.purge_at is not None and self.purge_at > (at or timezone.now())
