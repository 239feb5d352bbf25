from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from access_tokens import token_format
from access_tokens.expiry import EXPIRING_SOON
from access_tokens.models.status import AccessTokenQuerySet, Status
from access_tokens.token_crypto import Ciphertext, Digest
from workspaces.models import Workspace
from workspaces.permissions import Role


class AccessToken(models.Model):
    """A token's row: never the token itself. It belongs to the workspace and outlives its creator's membership.

    creator_email: the creator's e-mail at creation, for the token id, which is stable for life.
    parent: the token that made this one, or the nearest one above it that still is there.
    version: counts the changes that people and clients make, so that nobody saves over what they have not seen.
    last_ip_address, last_client: whence the last call came, as far as the server knows.
    previous_secret_…: the old secret of a rotation, and its uses, for as long as it still works.
    rate_limit_minute: the last minute of use (since 1970). rate_limit_requests: the stored requests of that minute.
    """

    NO_PREVIOUS_SECRET: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "previous_secret_pepper_id": "",
            "previous_secret_digest": None,
            "previous_secret_expires_at": None,
            "previous_secret_last_used_at": None,
            "previous_secret_use_count": 0,
        }
    )
    PREVIOUS_SECRET_FIELDS = tuple(NO_PREVIOUS_SECRET)

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="access_tokens")
    key_id = models.CharField(max_length=token_format.KEY_ID_LENGTH, unique=True, editable=False)
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
    last_ip_address = models.CharField(max_length=45, blank=True, editable=False)
    last_client = models.CharField(max_length=40, blank=True, editable=False)
    use_count = models.PositiveBigIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    pepper_id = models.CharField(max_length=16, editable=False)
    digest = models.BinaryField(editable=False)
    encryption_key_id = models.CharField(max_length=16, blank=True, editable=False)
    encrypted_copy = models.BinaryField(null=True, editable=False)

    previous_secret_pepper_id = models.CharField(max_length=16, blank=True, editable=False)
    previous_secret_digest = models.BinaryField(null=True, editable=False)
    previous_secret_expires_at = models.DateTimeField(null=True, editable=False)
    previous_secret_last_used_at = models.DateTimeField(null=True, editable=False)
    previous_secret_use_count = models.PositiveBigIntegerField(default=0, editable=False)

    rate_limit_minute = models.PositiveIntegerField(default=0, editable=False)
    rate_limit_requests = models.PositiveIntegerField(default=0, editable=False)

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
            models.Index(fields=["workspace", "key_id", "id"], name="token_by_key_id"),
            models.Index(fields=["workspace", "scope", "id"], name="token_by_scope"),
            models.Index(fields=["workspace", "expires_at", "id"], name="token_by_expiry"),
            models.Index(fields=["creator", "workspace"], name="token_by_creator"),
        ]

    def __str__(self) -> str:
        return self.label

    @classmethod
    def reference(cls, workspace: Workspace, key_id: str) -> Self:
        """Return an unread token for operations to look up and lock. It might not exist."""
        return cls(workspace=workspace, key_id=key_id)

    @property
    def token_id(self) -> str:
        return f"{self.creator_email}_{self.key_id}"

    @property
    def masked(self) -> str:
        return token_format.mask(self.key_id)

    @property
    def scope_role(self) -> Role:
        return Role(self.scope)

    @property
    def created_by(self) -> str:
        """The creator's e-mail of today; the one at creation if they are gone."""
        return self.creator.email if self.creator else self.creator_email

    def statuses(self, at: datetime | None = None) -> list[Status]:
        """Every state that holds at `at` (now), in the order in which they count; ACTIVE if nothing is against it."""
        holds = {
            Status.WORKSPACE_DELETED: self.workspace.deleted_at is not None,
            Status.DISABLED: self.disabled_at is not None,
            Status.EXPIRED: self.expires_at is not None and self.expires_at <= (at or timezone.now()),
            Status.SCOPE_UNAVAILABLE: not self.workspace.is_role_available(self.scope),
        }
        return [status for status, is_so in holds.items() if is_so] or [Status.ACTIVE]

    @property
    def status(self) -> Status:
        return self.statuses()[0]

    @property
    def is_active(self) -> bool:
        """Does it authenticate now?"""
        return self.status == Status.ACTIVE

    @property
    def days_left(self) -> int | None:
        """JsonArray days until an active token expires; None unless that is within `EXPIRING_SOON`."""
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
    def previous_digest(self) -> Digest | None:
        """The digest of the old secret while a rotation is under way."""
        if (
            self.previous_secret_digest is None
            or self.previous_secret_expires_at is None
            or self.previous_secret_expires_at <= timezone.now()
        ):
            return None
        return Digest(self.previous_secret_pepper_id, bytes(self.previous_secret_digest))

    @property
    def valid_digests(self) -> frozenset[bytes]:
        """The digests of the secrets that work now: the present one, and the old one while a rotation is under way."""
        old = self.previous_digest
        return frozenset([bytes(self.digest), *([old.value] if old else [])])

    @property
    def is_rotating(self) -> bool:
        """Does an old secret still work beside the present one?"""
        return self.previous_digest is not None

    def clear_previous_secret(self) -> None:
        """Let there be no old secret. Not saved."""
        for field, value in self.NO_PREVIOUS_SECRET.items():
            setattr(self, field, value)

    @property
    def stored_ciphertext(self) -> Ciphertext | None:
        return (
            Ciphertext(self.encryption_key_id, bytes(self.encrypted_copy)) if self.encrypted_copy is not None else None
        )

    @property
    def encryption_context(self) -> str:
        """What the seal is bound to: a ciphertext moved to another row does not open."""
        return f"{self.workspace_id}:{self.key_id}"
