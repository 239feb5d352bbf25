"""Sealing anew what is sealed under an older key, in batches, while the service runs."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count

from access_tokens import keys, secrets
from access_tokens.models import AccessToken, AccessTokenQuerySet
from access_tokens.secrets import KeyRing, SealBroken

BATCH = 500


class Outcome(NamedTuple):
    """How many copies were sealed anew, were changed by somebody else meanwhile, or do not open."""

    done: int = 0
    changed: int = 0
    broken: int = 0

    @property
    def seen(self) -> int:
        return sum(self)

    def plus(self, other: "Outcome") -> "Outcome":
        return Outcome(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Batch(NamedTuple):
    """What came of some tokens. broken: the token ids of those that do not open, each with the reason."""

    outcome: Outcome
    broken: list[tuple[str, str]]


def by_key() -> dict[str, int]:
    """How many sealed copies there are under each key, by its id."""
    sealed = AccessToken.objects.exclude(sealed=None).order_by("sealing_key_id")
    return dict(sealed.values("sealing_key_id").annotate(count=Count("pk")).values_list("sealing_key_id", "count"))


def waiting() -> AccessTokenQuerySet:
    """Tokens whose copy is sealed under another key than the first one of the ring."""
    first = next(iter(keys.sealing_keys()))
    return AccessToken.objects.exclude(sealed=None).exclude(sealing_key_id=first)


def reseal() -> Iterator[Batch]:
    """Seal anew, oldest first, all that is waiting. Each batch is committed before the next one is read.

    What does not open is left as it is: its key is no longer in the ring, or the copy is damaged.
    """
    ring, after = keys.sealing_keys(), 0
    while tokens := list(waiting().filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield _reseal(tokens, ring)
        after = tokens[-1].pk


@transaction.atomic
def _reseal(tokens: list[AccessToken], ring: KeyRing) -> Batch:
    done, broken = 0, []
    for token in tokens:
        try:
            done += _replace_seal(token, ring)
        except SealBroken as error:
            broken.append((token.token_id, str(error)))
    return Batch(Outcome(done, len(tokens) - done - len(broken), len(broken)), broken)


def _replace_seal(token: AccessToken, ring: KeyRing) -> int:
    """1, or 0 if the copy is another one by now: the token was rotated or deleted, or its copy was destroyed.

    Raises: SealBroken.
    """
    old = token.sealed_copy
    assert old is not None
    plaintext = secrets.unseal(old, bound_to=token.seal_binding, keys=ring)
    new = secrets.seal(plaintext, bound_to=token.seal_binding, keys=ring)
    unchanged = AccessToken.objects.filter(pk=token.pk, sealing_key_id=old.key_id, sealed=old.value)
    return unchanged.update(sealing_key_id=new.key_id, sealed=new.value)
