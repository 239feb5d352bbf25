"""Queries for access tokens."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, CharField, Exists, Expression, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Concat, Lower
from django.utils import timezone

from access_tokens import token_format
from access_tokens.expiry import EXPIRING_SOON
from access_tokens.models.status import Status
from accounts.models import User
from workspaces.permissions import role_is_available

if TYPE_CHECKING:
    from access_tokens.models.token import AccessToken  # noqa: F401 (a circular import, used in annotations)

SCOPE_IS_AVAILABLE = role_is_available("scope", "workspace__available_roles")
LAST_IF_NULL = Value(datetime(9999, 12, 31, tzinfo=UTC))
FIRST_IF_NULL = Value(datetime(1, 1, 1, tzinfo=UTC))
SORT_KEYS: Mapping[str, Any] = MappingProxyType(
    {
        "label": Lower("label"),
        "key_id": F("key_id"),
        "scope": F("scope"),
        "created_at": F("created_at"),
        "expires_at": Coalesce("expires_at", LAST_IF_NULL),
        "id": Concat("creator_email", Value("_"), "key_id"),
        "created_by": Coalesce("creator__email", "creator_email"),
        "last_used_at": Coalesce("last_used_at", FIRST_IF_NULL),
        "status": F("status_name"),
    }
)
"""Sort keys of token lists by API field. They are never null, so that pages can start after any of them.

`status` needs `annotate_status()`.
"""


class ExpiryRange(models.TextChoices):
    """The choices of the expiry filter."""

    SOON = "soon", f"Within {EXPIRING_SOON.days} days"
    LATER = "later", "Later than that"
    PAST = "past", "Past"
    NEVER = "never", "Not specified"


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """The default instant `at` is now."""

    def usable(self, at: datetime | None = None) -> Self:
        """Filter tokens that are neither disabled nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at or timezone.now()), disabled_at=None)

    def active(self, at: datetime | None = None) -> Self:
        """Filter tokens that authenticate: usable, with an available scope, in a workspace that isn't deleted."""
        return self.usable(at).filter(SCOPE_IS_AVAILABLE, workspace__deleted_at=None)

    def expired(self, at: datetime | None = None) -> Self:
        """Filter expired tokens. A token is expired from the instant `expires_at` on."""
        return self.filter(expires_at__lte=at or timezone.now())

    def filter_status(self, status: Status, at: datetime | None = None) -> Self:
        """Filter tokens to which `status` applies, even if it isn't the most important one."""
        match status:
            case Status.ACTIVE:
                return self.active(at)
            case Status.WORKSPACE_DELETED:
                return self.exclude(workspace__deleted_at=None)
            case Status.DISABLED:
                return self.exclude(disabled_at=None)
            case Status.EXPIRED:
                return self.expired(at)
            case Status.SCOPE_UNAVAILABLE:
                return self.filter(~Q(SCOPE_IS_AVAILABLE))

    def filter_expiry(self, expiry: ExpiryRange, at: datetime | None = None) -> Self:
        at = at or timezone.now()
        match expiry:
            case ExpiryRange.SOON:
                return self.filter(expires_at__gt=at, expires_at__lte=at + EXPIRING_SOON)
            case ExpiryRange.LATER:
                return self.filter(expires_at__gt=at + EXPIRING_SOON)
            case ExpiryRange.PAST:
                return self.expired(at)
            case ExpiryRange.NEVER:
                return self.filter(expires_at=None)

    def annotate_status(self, at: datetime | Expression | None = None) -> Self:
        """Annotate `status_name`, the value of `AccessToken.status`."""
        return self.annotate(
            status_name=Case(
                When(workspace__deleted_at__isnull=False, then=Value(Status.WORKSPACE_DELETED)),
                When(disabled_at__isnull=False, then=Value(Status.DISABLED)),
                When(expires_at__lte=at or timezone.now(), then=Value(Status.EXPIRED)),
                When(~Q(SCOPE_IS_AVAILABLE), then=Value(Status.SCOPE_UNAVAILABLE)),
                default=Value(Status.ACTIVE),
                output_field=CharField(),
            )
        )

    def annotate_has_children(self) -> Self:
        """Annotate `has_children`: whether tokens exist that this token created."""
        return self.annotate(has_children=Exists(self.model.objects.filter(parent=OuterRef("pk"))))

    def search(self, text: str) -> Self:
        """Filter tokens whose label, token ID, creator's name or e-mail contains `text`.

        A text that starts with the token prefix finds tokens by key ID only, so a pasted token's secret is ignored.
        """
        text = text.replace("\0", "").strip()
        if text.startswith(token_format.PREFIX):
            key_id = text.removeprefix(token_format.PREFIX).rstrip("…")[: token_format.KEY_ID_LENGTH]
            return self.filter(key_id__startswith=key_id)
        creators = User.objects.filter(Q(name__icontains=text) | Q(email__icontains=text))
        condition = Q(label__icontains=text) | Q(creator_email__icontains=text) | Q(creator__in=creators.values("pk"))
        email, separator, key_id = text.rpartition("_")  # key IDs contain no `_`
        if separator:
            condition |= Q(creator_email__iendswith=email, key_id__istartswith=key_id)
        elif text.isalnum():
            condition |= Q(key_id__icontains=text)
        return self.filter(condition)

    def sorted_by(self, sort: str) -> Self:
        """Sort by a key of `SORT_KEYS`, descending if prefixed with `-`, then by age.

        Annotates `sort_key`, which gives a row's position together with its primary key.
        """
        name, sign = sort.removeprefix("-"), "-" if sort.startswith("-") else ""
        rows = self.annotate_status() if name == "status" and "status_name" not in self.query.annotations else self
        return rows.annotate(sort_key=SORT_KEYS[name]).order_by(f"{sign}sort_key", f"{sign}pk")
