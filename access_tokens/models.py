from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Concat, Lower
from django.db.models.lookups import Exact, GreaterThan
from django.utils import timezone

from access_tokens import secrets
from access_tokens.expiry import EXPIRING_SOON
from access_tokens.secrets import Digest, Sealed
from workspaces.models import Workspace
from workspaces.permissions import Role

SCOPE_BIT = F("workspace__available_roles").bitand(F("scope"))  # type: ignore[arg-type] # the stubs forget expressions
SCOPE_IS_AVAILABLE = GreaterThan(SCOPE_BIT, 0)
SCOPE_IS_UNAVAILABLE = Exact(SCOPE_BIT, 0)


class Status(models.TextChoices):
    """ACTIVE, or what is against it. Where several are, the first of them is the status."""

    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"
    EXPIRED = "expired", "Expired"
    SCOPE_UNAVAILABLE = "scope_unavailable", "Scope off"


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """Each state stands here once for the database; `AccessToken.states` says the same of a row at hand."""

    def living(self, at: datetime | None = None) -> Self:
        """Tokens that authenticate at `at` (now), or would once their scope is back: neither disabled nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at or timezone.now()), disabled_at=None)

    def active(self, at: datetime | None = None) -> Self:
        """Tokens that authenticate at `at` (now): enabled, before their expiry instant, scope available."""
        return self.living(at).filter(SCOPE_IS_AVAILABLE)

    def disabled(self) -> Self:
        return self.exclude(disabled_at=None)

    def expired(self, at: datetime | None = None) -> Self:
        """From the instant `expires_at` on, not from the moment after."""
        return self.filter(expires_at__lte=at or timezone.now())

    def scope_unavailable(self) -> Self:
        return self.filter(SCOPE_IS_UNAVAILABLE)

    def in_state(self, status: Status, at: datetime | None = None) -> Self:
        """Tokens for which `status` holds, be it the first of several or not."""
        match status:
            case Status.DISABLED:
                return self.disabled()
            case Status.EXPIRED:
                return self.expired(at)
            case Status.SCOPE_UNAVAILABLE:
                return self.scope_unavailable()
            case Status.ACTIVE:
                return self.active(at)

    def with_status(self, at: datetime | None = None) -> Self:
        """Annotates `status_name`, the same as the property `status`."""
        return self.annotate(
            status_name=Case(
                When(disabled_at__isnull=False, then=Value(Status.DISABLED)),
                When(expires_at__lte=at or timezone.now(), then=Value(Status.EXPIRED)),
                When(SCOPE_IS_UNAVAILABLE, then=Value(Status.SCOPE_UNAVAILABLE)),
                default=Value(Status.ACTIVE),
                output_field=CharField(),
            )
        )

    def with_token_id(self) -> Self:
        """Annotates `full_token_id`, the same as the property `token_id`."""
        return self.annotate(full_token_id=Concat("creator_email", Value("_"), "key_id"))

    def matching(self, words: str) -> Self:
        """Tokens whose label, token id or creator (name or e-mail) has `words` in it. A whole token finds its row."""
        words = words.replace("\0", "").strip()
        if words.startswith(secrets.PREFIX):
            masked = words.removeprefix(secrets.PREFIX).rstrip("…")
            return self.filter(key_id__startswith=masked[: secrets.KEY_ID_LENGTH])
        return self.with_token_id().filter(
            Q(label__icontains=words)
            | Q(full_token_id__icontains=words)
            | Q(creator__name__icontains=words)
            | Q(creator__email__icontains=words)
        )


class AccessToken(models.Model):
    """A token's row: never the token itself. It belongs to the workspace and outlives its creator's membership.

    creator_email: the creator's e-mail at creation, for the token id, which is stable for life.
    parent: the token that made this one, or the nearest one above it that still is there.
    version: counts the changes that people and clients make, so that nobody saves over what they have not seen.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="access_tokens")
    key_id = models.CharField(max_length=secrets.KEY_ID_LENGTH, unique=True, editable=False)
    label = models.CharField(max_length=100)
    scope = models.PositiveSmallIntegerField(choices=Role)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        db_index=False,
    )
    creator_email = models.EmailField(editable=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children", editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    use_count = models.PositiveBigIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    pepper_id = models.CharField(max_length=16, editable=False)
    digest = models.BinaryField(editable=False)
    sealing_key_id = models.CharField(max_length=16, blank=True, editable=False)
    sealed = models.BinaryField(null=True, editable=False)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="token_scope_is_known", condition=Q(scope__in=Role.values)),
            models.CheckConstraint(name="token_has_a_label", condition=~Q(label="")),
            models.CheckConstraint(
                name="token_expires_after_creation", condition=Q(expires_at=None) | Q(expires_at__gt=F("created_at"))
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"], name="token_newest_first"),
            models.Index("workspace", Lower("label"), "id", name="token_by_label"),
            models.Index(fields=["creator", "workspace"], name="token_by_creator"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def token_id(self) -> str:
        return f"{self.creator_email}_{self.key_id}"

    @property
    def masked(self) -> str:
        return secrets.mask(self.key_id)

    @property
    def scope_role(self) -> Role:
        return Role(self.scope)

    @property
    def created_by(self) -> str:
        """The creator's e-mail of today; the one at creation if they are gone."""
        return self.creator.email if self.creator else self.creator_email

    def states(self, at: datetime | None = None) -> list[Status]:
        """Every state that holds at `at` (now), in the order in which they count; ACTIVE if nothing is against it."""
        holds = {
            Status.DISABLED: self.disabled_at is not None,
            Status.EXPIRED: self.expires_at is not None and self.expires_at <= (at or timezone.now()),
            Status.SCOPE_UNAVAILABLE: not self.workspace.offers(self.scope),
        }
        return [status for status, is_so in holds.items() if is_so] or [Status.ACTIVE]

    @property
    def status(self) -> Status:
        return self.states()[0]

    @property
    def is_active(self) -> bool:
        """Does it authenticate now?"""
        return self.status == Status.ACTIVE

    @property
    def days_left(self) -> int | None:
        """Whole days until an active token expires; None unless that is within `EXPIRING_SOON`."""
        if self.expires_at is None or not self.is_active:
            return None
        left = self.expires_at - timezone.now()
        return left.days if left <= EXPIRING_SOON else None

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None

    @property
    def stored_digest(self) -> Digest:
        return Digest(self.pepper_id, bytes(self.digest))

    @property
    def sealed_copy(self) -> Sealed | None:
        return Sealed(self.sealing_key_id, bytes(self.sealed)) if self.sealed is not None else None

    @property
    def seal_binding(self) -> str:
        """What the seal is bound to: a ciphertext moved to another row does not open."""
        return f"{self.workspace_id}:{self.key_id}"


class IdempotencyKey(models.Model):
    """A creation that is done: asking for it again makes no second one, even if the first one is gone by then.

    holder: who asked (`Actor.holder`); key: their word for it; made: the token id. Nothing secret is kept.
    """

    LIFETIME = timedelta(hours=24)

    holder = models.CharField(max_length=300)
    key = models.CharField(max_length=255)
    made = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["holder", "key"], name="idempotency_key_is_used_once")]

    def __str__(self) -> str:
        return self.key
