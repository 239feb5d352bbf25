"""Sealing anew what is sealed under an older key, in batches, while the service runs."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count

from access_tokens import key_rings, token_crypto
from access_tokens.models import AccessToken, AccessTokenQuerySet
from access_tokens.token_crypto import DecryptionError, KeyRing

BATCH = 500


class ReencryptionResult(NamedTuple):
    """How many copies were sealed anew, were changed by somebody else meanwhile, or do not open."""

    done: int = 0
    changed: int = 0
    broken: int = 0

    @property
    def seen(self) -> int:
        return sum(self)

    def plus(self, other: "ReencryptionResult") -> "ReencryptionResult":
        return ReencryptionResult(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Batch(NamedTuple):
    """What came of some tokens. broken: the token ids of those that do not open, each with the reason."""

    outcome: ReencryptionResult
    broken: list[tuple[str, str]]


def by_key() -> dict[str, int]:
    """How many encrypted copies there are under each key, by its id."""
    ciphertext = AccessToken.objects.exclude(encrypted_copy=None).order_by("encryption_key_id")
    return dict(
        ciphertext.values("encryption_key_id").annotate(count=Count("pk")).values_list("encryption_key_id", "count")
    )


def waiting() -> AccessTokenQuerySet:
    """Tokens whose copy is sealed under another key than the first one of the ring."""
    first = next(iter(key_rings.encryption_keys()))
    return AccessToken.objects.exclude(encrypted_copy=None).exclude(encryption_key_id=first)


def reencrypt() -> Iterator[Batch]:
    """Seal anew, oldest first, all that is waiting. Each batch is committed before the next one is read.

    What does not open is left as it is: its key is no longer in the ring, or the copy is damaged.
    """
    ring, after = key_rings.encryption_keys(), 0
    while tokens := list(waiting().filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield _reencrypt(tokens, ring)
        after = tokens[-1].pk


@transaction.atomic
def _reencrypt(tokens: list[AccessToken], ring: KeyRing) -> Batch:
    done, broken = 0, []
    for token in tokens:
        try:
            done += _replace_encrypted_copy(token, ring)
        except DecryptionError as error:
            broken.append((token.token_id, str(error)))
    return Batch(ReencryptionResult(done, len(tokens) - done - len(broken), len(broken)), broken)


def _replace_encrypted_copy(token: AccessToken, ring: KeyRing) -> int:
    """1, or 0 if the copy is another one by now: the token was rotated or deleted, or its copy was destroyed.

    Raises: DecryptionError.
    """
    old = token.stored_ciphertext
    assert old is not None
    plaintext = token_crypto.decrypt(old, context=token.encryption_context, keys=ring)
    new = token_crypto.encrypt(plaintext, context=token.encryption_context, keys=ring)
    unchanged = AccessToken.objects.filter(pk=token.pk, encryption_key_id=old.key_id, encrypted_copy=old.value)
    return unchanged.update(encryption_key_id=new.key_id, encrypted_copy=new.value)
