from datetime import datetime, timedelta
from functools import lru_cache
from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact
from django.utils import timezone

from workspaces.names import MAX_NAME_LENGTH, MAX_SLUG_LENGTH
from workspaces.permissions import ALL_ROLES, Role, is_role_available, role_bits

SLUG_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?\Z"
validate_slug = RegexValidator(
    SLUG_PATTERN, "Use 1 to 50 lowercase letters, digits and hyphens, without a hyphen at either end."
)

MAX_REQUESTS_PER_MINUTE = 1_000_000
"""The API documents this limit. RATE_LIMIT_CEILING can't be higher."""
MAX_LIFETIME_DAYS = 3650
"""The highest maximum lifetime of tokens that a workspace can set."""
DEFAULT_EXPIRY_CHOICES = ("1w", "1m", "6m", "1y", "never")
RESTORE_PERIOD = timedelta(days=7)
"""How long a deleted workspace can be restored before it is purged."""


@lru_cache(maxsize=1024)
def effective_rate_limit(rate_limit: int | None, default: int, ceiling: int) -> int:
    """Return the requests per minute of each token: the workspace's or the default limit, at most the ceiling."""
    return min(rate_limit or default, ceiling)


class CopyPolicy(models.TextChoices):
    ENCRYPTED = "encrypted", "Tokens can be copied later"
    SHOW_ONCE = "show_once", "Tokens are shown once"


class UsedSlug(models.Model):
    """A slug that a workspace has or had. It is never reused, because gateways trust slugs."""

    slug = models.CharField(max_length=MAX_SLUG_LENGTH, primary_key=True)

    def __str__(self) -> str:
        return self.slug


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def restorable(self, at: datetime | None = None) -> Self:
        """Filter deleted workspaces that can be restored at `at` (default: now)."""
        return self.filter(deleted_at__gt=(at or timezone.now()) - RESTORE_PERIOD)

    def due_for_purge(self, at: datetime | None = None) -> Self:
        """Filter deleted workspaces that can no longer be restored at `at` (default: now)."""
        return self.filter(deleted_at__lte=(at or timezone.now()) - RESTORE_PERIOD)


class Workspace(models.Model):
    """The tenant. Members, tokens, projects and events belong to exactly one workspace.

    available_roles: the roles that members and tokens can have, as `role_bits`.
    rate_limit: requests per minute of each token; None for the default.
    max_lifetime_days: how far in the future a token's expiry can be set; None for no limit.
    non_expiring_allowed: whether tokens can have no expiry; always False with a maximum lifetime.
    default_expiry: the expiry that the console suggests for a new token, one of `DEFAULT_EXPIRY_CHOICES`.
    version: incremented by each change that the API shows.
    deleted_at: when it was deleted. Its tokens and pages stop working, and `RESTORE_PERIOD` later it is purged.
    """

    restore_period = RESTORE_PERIOD
    slug = models.CharField(max_length=MAX_SLUG_LENGTH, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=MAX_NAME_LENGTH)
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
            models.CheckConstraint(name="workspace_rate_limit_is_positive", condition=~Q(rate_limit=0)),
            models.CheckConstraint(
                name="workspace_max_lifetime_excludes_non_expiring_tokens",
                condition=Q(max_lifetime_days=None)
                | Q(max_lifetime_days__gte=1, max_lifetime_days__lte=MAX_LIFETIME_DAYS, non_expiring_allowed=False),
            ),
            models.CheckConstraint(
                name="workspace_default_expiry_is_allowed",
                condition=Q(default_expiry__in=DEFAULT_EXPIRY_CHOICES)
                & (Q(non_expiring_allowed=True) | ~Q(default_expiry="never")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_role_available(self, role: int) -> bool:
        return is_role_available(role, self.available_roles)

    @property
    def roles(self) -> list[Role]:
        """The available roles, in ascending order."""
        return [role for role in Role if self.is_role_available(role)]

    @property
    def keeps_encrypted_copies(self) -> bool:
        return self.copy_policy == CopyPolicy.ENCRYPTED

    @property
    def requests_per_minute(self) -> int:
        """The rate limit of each token."""
        return effective_rate_limit(self.rate_limit, settings.RATE_LIMIT, settings.RATE_LIMIT_CEILING)

    @property
    def purge_at(self) -> datetime | None:
        """When a deleted workspace is purged. It can be restored until then."""
        return self.deleted_at and self.deleted_at + RESTORE_PERIOD

    def is_restorable(self, at: datetime | None = None) -> bool:
        """Return whether `WorkspaceQuerySet.restorable` finds this workspace."""
        return self.purge_at is not None and self.purge_at > (at or timezone.now())
