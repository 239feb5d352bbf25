from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from access_tokens import key_rings, token_crypto, token_format
from access_tokens.expiry import EXPIRING_SOON
from access_tokens.models.queryset import AccessTokenQuerySet
from access_tokens.models.status import Status, find_statuses
from access_tokens.token_crypto import Ciphertext
from access_tokens.token_format import Digest
from workspaces.models import Workspace
from workspaces.permissions import Role


class AccessToken(models.Model):
    """An access token. It belongs to its workspace and keeps working when its creator leaves.

    The token itself isn't stored, only its digest and, with the copy policy `encrypted`, an encrypted copy.

    creator_email: the creator's e-mail when the token was created. It is part of the token ID and never changes.
    parent: the token that created this one. If that one is deleted, its parent.
    version: incremented by each change that a person or client makes. ETags and edit conflicts depend on it.
    last_ip_address, last_client: the IP address and User-Agent family of the last request, if known.
    previous_secret_...: the secret before the last rotation, during the overlap period.
    rate_limit_minute, rate_limit_requests: the last minute with requests (minutes since 1970), and how many of its
    requests are stored.
    """

    SECRET_FIELDS = ("pepper_id", "digest", "encryption_key_id", "encrypted_copy")
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
        """The creator's current e-mail, or the one at creation if the account was deleted."""
        return self.creator.email if self.creator else self.creator_email

    def statuses(self, at: datetime | None = None) -> list[Status]:
        """Return every status that applies at `at` (default: now), the most important one first."""
        return find_statuses(
            workspace_deleted_at=self.workspace.deleted_at,
            disabled_at=self.disabled_at,
            expires_at=self.expires_at,
            scope=self.scope,
            available_roles=self.workspace.available_roles,
            at=at or timezone.now(),
        )

    @property
    def status(self) -> Status:
        return self.statuses()[0]

    @property
    def is_active(self) -> bool:
        return self.status == Status.ACTIVE

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None

    @property
    def is_usable(self) -> bool:
        """Whether the token is neither disabled nor expired, as in `AccessTokenQuerySet.usable`."""
        return not {Status.DISABLED, Status.EXPIRED}.intersection(self.statuses())

    @property
    def days_left(self) -> int | None:
        """Whole days until an active token expires, or None if that is more than `EXPIRING_SOON` away."""
        if self.expires_at is None or not self.is_active:
            return None
        left = self.expires_at - timezone.now()
        return left.days if left <= EXPIRING_SOON else None

    # Secrets

    @property
    def stored_digest(self) -> Digest:
        return Digest(self.pepper_id, bytes(self.digest))

    @property
    def previous_digest(self) -> Digest | None:
        """The digest of the previous secret during the overlap period."""
        if (
            self.previous_secret_digest is None
            or self.previous_secret_expires_at is None
            or self.previous_secret_expires_at <= timezone.now()
        ):
            return None
        return Digest(self.previous_secret_pepper_id, bytes(self.previous_secret_digest))

    @property
    def valid_digests(self) -> frozenset[bytes]:
        """The digests of the secrets that work now."""
        previous = self.previous_digest
        return frozenset([bytes(self.digest), *([previous.value] if previous else [])])

    @property
    def is_rotating(self) -> bool:
        """Whether the overlap period of a rotation is under way."""
        return self.previous_digest is not None

    @property
    def encryption_context(self) -> str:
        """Binds the encrypted copy to this row: it can't be decrypted in another one."""
        return f"{self.workspace_id}:{self.key_id}"

    def set_secret(self, plaintext: str) -> None:
        """Set the digest and, if the workspace keeps them, the encrypted copy. Doesn't save the token."""
        self.pepper_id, self.digest = token_format.digest(plaintext, key_rings.peppers())
        self.encryption_key_id, self.encrypted_copy = "", None
        if self.workspace.keeps_encrypted_copies:
            self.encryption_key_id, self.encrypted_copy = token_crypto.encrypt(
                plaintext, context=self.encryption_context, keys=key_rings.encryption_keys()
            )

    def decrypt_copy(self) -> str:
        """Return the whole token from its encrypted copy, which must exist.

        Raises: DecryptionError.
        """
        assert self.encrypted_copy is not None
        ciphertext = Ciphertext(self.encryption_key_id, bytes(self.encrypted_copy))
        return token_crypto.decrypt(ciphertext, context=self.encryption_context, keys=key_rings.encryption_keys())

    def clear_previous_secret(self) -> None:
        """Remove the previous secret. Doesn't save the token."""
        for field, value in self.NO_PREVIOUS_SECRET.items():
            setattr(self, field, value)
