"""Re-encryption of encrypted copies under the first key of the ring, in batches, while the service runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count

from access_tokens import key_rings, token_crypto
from access_tokens.models import AccessToken, AccessTokenQuerySet
from access_tokens.token_crypto import DecryptionError

BATCH_SIZE = 500


@dataclass
class ReencryptionResult:
    """The number of processed copies, by result.

    reencrypted: under the first key now. changed: replaced or removed by someone else in the meantime.
    failed: token IDs of copies that can't be decrypted, with the reason.
    """

    reencrypted: int = 0
    changed: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.reencrypted + self.changed + len(self.failed)

    def add(self, other: "ReencryptionResult") -> None:
        self.reencrypted += other.reencrypted
        self.changed += other.changed
        self.failed += other.failed


def count_by_key() -> dict[str, int]:
    """Return the number of encrypted copies under each key ID."""
    rows = AccessToken.objects.exclude(encrypted_copy=None).order_by("encryption_key_id").values("encryption_key_id")
    return dict(rows.annotate(count=Count("pk")).values_list("encryption_key_id", "count"))


def outdated_copies() -> AccessTokenQuerySet:
    """Return the tokens whose copy is encrypted under another key than the first one of the ring."""
    first_key_id = next(iter(key_rings.encryption_keys()))
    return AccessToken.objects.exclude(encrypted_copy=None).exclude(encryption_key_id=first_key_id)


def reencrypt() -> Iterator[ReencryptionResult]:
    """Re-encrypt all outdated copies, oldest first. Yield the result of each batch after it is committed.

    Copies that can't be decrypted stay unchanged.
    """
    last_pk = 0
    while tokens := list(outdated_copies().filter(pk__gt=last_pk).order_by("pk")[:BATCH_SIZE]):
        yield _reencrypt_batch(tokens)
        last_pk = tokens[-1].pk


@transaction.atomic
def _reencrypt_batch(tokens: list[AccessToken]) -> ReencryptionResult:
    result = ReencryptionResult()
    for token in tokens:
        try:
            if _reencrypt_copy(token):
                result.reencrypted += 1
            else:
                result.changed += 1
        except DecryptionError as error:
            result.failed.append((token.token_id, str(error)))
    return result


def _reencrypt_copy(token: AccessToken) -> bool:
    """Return False if the stored copy has changed: the token was rotated or deleted, or its copy was destroyed.

    Raises: DecryptionError.
    """
    new = token_crypto.encrypt(token.decrypt_copy(), context=token.encryption_context, keys=key_rings.encryption_keys())
    unchanged = AccessToken.objects.filter(
        pk=token.pk, encryption_key_id=token.encryption_key_id, encrypted_copy=token.encrypted_copy
    )
    return bool(unchanged.update(encryption_key_id=new.key_id, encrypted_copy=new.value))
