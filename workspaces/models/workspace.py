from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from workspaces.permissions import ALL_ROLES, Role

SLUG_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?\Z"
validate_slug = RegexValidator(
    SLUG_PATTERN, "Use 1 to 50 lower-case letters, digits and hyphens; no hyphen at either end."
)


MOST_CALLS_PER_MINUTE = 1_000_000
"""No operator's ceiling is above it: the API tells it as the bound of what may be chosen."""


def calls_per_minute(chosen: int | None) -> int:
    """The Owners' choice or the operator's default, within the operator's ceiling."""
    limit: int = min(chosen or settings.RATE_LIMIT, settings.RATE_LIMIT_CEILING)
    return limit


class CopyPolicy(models.TextChoices):
    SEALED = "sealed", "Tokens may be copied later"
    SHOW_ONCE = "show_once", "Tokens are shown once"


class UsedSlug(models.Model):
    """Every slug that a workspace ever had. Rows stay when workspaces go: gateways trust slugs."""

    slug = models.CharField(max_length=50, primary_key=True)

    def __str__(self) -> str:
        return self.slug


class Workspace(models.Model):
    """The tenant.

    available_roles: has the bit of each role that members and tokens may have here.
    rate_limit: calls a minute that each token may make; None for what the operator sets.
    """

    slug = models.CharField(max_length=50, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    available_roles = models.PositiveSmallIntegerField(default=ALL_ROLES)
    copy_policy = models.CharField(max_length=10, choices=CopyPolicy, default=CopyPolicy.SEALED)
    rate_limit = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="workspace_owner_is_always_available",
                condition=Q(available_roles__gte=Role.OWNER, available_roles__lte=ALL_ROLES),
            ),
            models.CheckConstraint(
                name="workspace_copy_policy_is_known", condition=Q(copy_policy__in=CopyPolicy.values)
            ),
            models.CheckConstraint(name="workspace_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="workspace_rate_limit_lets_calls_through", condition=~Q(rate_limit=0)),
        ]

    def __str__(self) -> str:
        return self.name

    def offers(self, role: int) -> bool:
        """Is `role` available here, to members and as a token's scope?"""
        return bool(self.available_roles & role)

    @property
    def roles(self) -> list[Role]:
        """The roles that are available here, weakest first."""
        return [role for role in Role if self.offers(role)]

    @property
    def keeps_sealed_copies(self) -> bool:
        return self.copy_policy == CopyPolicy.SEALED

    @property
    def calls_per_minute(self) -> int:
        """What holds for each token."""
        return calls_per_minute(self.rate_limit)
