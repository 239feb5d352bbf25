"""What a token's state is, said once for the database and beside it, in `models.token`, for a row at hand."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Concat, Lower
from django.utils import timezone

from access_tokens import token_format
from access_tokens.expiry import EXPIRING_SOON
from accounts.models import User
from workspaces.permissions import role_is_available

if TYPE_CHECKING:
    from access_tokens.models.token import AccessToken  # noqa: F401 (a type in quotes)

SCOPE_IS_AVAILABLE = role_is_available("scope", "workspace__available_roles")


class Status(models.TextChoices):
    """ACTIVE, or what is against it. Where several are, the first of them is the status."""

    ACTIVE = "active", "Active"
    WORKSPACE_DELETED = "workspace_deleted", "Workspace deleted"
    DISABLED = "disabled", "Disabled"
    EXPIRED = "expired", "Expired"
    SCOPE_UNAVAILABLE = "scope_unavailable", "Scope off"


class ExpiryRange(models.TextChoices):
    """When a token expires, as lists are filtered by it."""

    SOON = "soon", f"Within {EXPIRING_SOON.days} days"
    LATER = "later", "Later than that"
    PAST = "past", "Past"
    NEVER = "never", "Not specified"


NO_END = datetime(9999, 12, 31, tzinfo=UTC)
NO_USE = datetime(1, 1, 1, tzinfo=UTC)

SORT_KEYS: Mapping[str, Any] = MappingProxyType(
    {
        "label": Lower("label"),
        "key_id": F("key_id"),
        "scope": F("scope"),
        "created_at": F("created_at"),
        "expires_at": Coalesce("expires_at", Value(NO_END)),
        "id": Concat("creator_email", Value("_"), "key_id"),
        "created_by": Coalesce("creator__email", "creator_email"),
        "last_used_at": Coalesce("last_used_at", Value(NO_USE)),
        "status": F("status_name"),
    }
)
"""What lists of tokens can be sorted by, in the console and in the API, by the names of the API's answers.

None is ever null: no end comes after all ends, no use before all uses. `status` needs `annotate_status()`.
"""


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """Each state stands here once for the database; `AccessToken.statuses` says the same of a row at hand."""

    def usable(self, at: datetime | None = None) -> Self:
        """Tokens that authenticate at `at` (now), or would once their scope is back: neither disabled nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at or timezone.now()), disabled_at=None)

    def active(self, at: datetime | None = None) -> Self:
        """Tokens that authenticate at `at` (now): enabled, before their expiry instant, scope and workspace there."""
        return self.usable(at).filter(SCOPE_IS_AVAILABLE, workspace__deleted_at=None)

    def workspace_deleted(self) -> Self:
        return self.exclude(workspace__deleted_at=None)

    def disabled(self) -> Self:
        return self.exclude(disabled_at=None)

    def expired(self, at: datetime | None = None) -> Self:
        """From the instant `expires_at` on, not from the moment after."""
        return self.filter(expires_at__lte=at or timezone.now())

    def scope_unavailable(self) -> Self:
        return self.exclude(SCOPE_IS_AVAILABLE)

    def filter_status(self, status: Status, at: datetime | None = None) -> Self:
        """Tokens for which `status` holds, be it the first of several or not."""
        match status:
            case Status.WORKSPACE_DELETED:
                return self.workspace_deleted()
            case Status.DISABLED:
                return self.disabled()
            case Status.EXPIRED:
                return self.expired(at)
            case Status.SCOPE_UNAVAILABLE:
                return self.scope_unavailable()
            case Status.ACTIVE:
                return self.active(at)

    def filter_expiry(self, expiry: ExpiryRange, at: datetime | None = None) -> Self:
        """Tokens that expire then, counted from `at` (now)."""
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

    def annotate_status(self, at: datetime | None = None) -> Self:
        """Annotates `status_name`, the same as the property `status`."""
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
        """Annotates `has_children`: did it make tokens that are still there?"""
        return self.annotate(has_children=Exists(self.model.objects.filter(parent=OuterRef("pk"))))

    def search(self, words: str) -> Self:
        """Tokens whose label, token id or creator (name or e-mail) has `words` in it. A whole token finds its row."""
        words = words.replace("\0", "").strip()
        if words.startswith(token_format.PREFIX):
            masked = words.removeprefix(token_format.PREFIX).rstrip("…")
            return self.filter(key_id__startswith=masked[: token_format.KEY_ID_LENGTH])
        creators = User.objects.filter(Q(name__icontains=words) | Q(email__icontains=words))
        found = Q(label__icontains=words) | Q(creator_email__icontains=words) | Q(creator__in=creators.values("pk"))
        email, has_both, key_id = words.rpartition("_")  # key ids have no `_`
        if has_both:
            found |= Q(creator_email__iendswith=email, key_id__istartswith=key_id)
        elif words.isalnum():
            found |= Q(key_id__icontains=words)
        return self.filter(found)

    def sorted_by(self, sort: str) -> Self:
        """In the order of one of `SORT_KEYS`, `-` before it: downwards; those that are equal in it by their age.

        Annotates `sort_key`: with the primary key, it tells a row's place.
        """
        name, sign = sort.removeprefix("-"), "-" if sort.startswith("-") else ""
        rows = self.annotate_status() if name == "status" else self
        return rows.annotate(sort_key=SORT_KEYS[name]).order_by(f"{sign}sort_key", f"{sign}pk")
