"""A creation that is asked for twice happens once: the key that a client gave it tells that it is the same one.

After draft-ietf-httpapi-idempotency-key-header. What was made is remembered by its public id: nothing secret is kept.
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from workspaces.errors import Conflict
from workspaces.models import IdempotencyKey

GIVEN_UP_AFTER = timedelta(minutes=1)
"""A request that has not ended after so long never will: its process is gone, and the key is free again."""


class Repeated(Conflict):
    """The key did its work before. `made` is the public id of what it made then, which may be gone by now."""

    def __init__(self, made: str) -> None:
        super().__init__("This has been sent already. Nothing was made a second time.")
        self.made = made


class RequestInProgress(Conflict):
    """The first request with this key has not ended yet."""

    def __init__(self) -> None:
        super().__init__("The first request with this idempotency key is still under way. Try again in a moment.")


class KeyReused(Exception):
    """The key came with another request before."""

    message = (
        "This idempotency key was sent with another request before. Take a new key for each thing that you create."
    )


def once[T](make: Callable[[], T], *, public_id: Callable[[T], str], holder: str, key: str, fingerprint: str = "") -> T:
    """Do `make` within a transaction, unless `holder` had it done under `key` within `IdempotencyKey.LIFETIME`.

    Without a key it is just done.

    public_id: of what was made. fingerprint: of the request; the same key must come with the same one.

    Raises: Repeated, RequestInProgress, KeyReused; and what `make` raises, after which the key is free again.
    """
    if not key:
        return make()
    claim = _claim(holder, sha256(key.encode()).hexdigest(), fingerprint)
    try:
        with transaction.atomic():
            made = make()
            if not _still(claim).update(made=public_id(made)):
                raise RequestInProgress  # it took so long that another one took over
    except BaseException:
        _still(claim).delete()
        raise
    return made


def _still(claim: IdempotencyKey) -> QuerySet[IdempotencyKey]:
    """The row of a claim, unless somebody else has taken it over."""
    return IdempotencyKey.objects.filter(pk=claim.pk, made="", created_at=claim.created_at)


def _claim(holder: str, key: str, fingerprint: str) -> IdempotencyKey:
    """The key's row, now ours. Written at once, so that whoever comes at the same moment sees it."""
    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - IdempotencyKey.LIFETIME).delete()
    first = {"fingerprint": fingerprint, "created_at": now}
    try:
        row, is_new = IdempotencyKey.objects.get_or_create(holder=holder, key=key, defaults=first)
    except IntegrityError as gone:  # the first one failed, and freed the key between our two looks
        raise RequestInProgress from gone
    if is_new:
        return row
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.made:
        raise Repeated(row.made)
    if row.created_at >= now - GIVEN_UP_AFTER or not _still(row).update(created_at=now):
        raise RequestInProgress
    row.created_at = now
    return row
