"""Idempotency keys: an operation that is requested twice with the same key runs once.

Follows draft-ietf-httpapi-idempotency-key-header. Only the public ID of the result is stored, nothing secret.
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from workspaces.errors import Conflict
from workspaces.models import IdempotencyKey

ABANDONED_AFTER = timedelta(minutes=1)
"""A request still unfinished after this time is assumed dead, for example because its process was killed."""


class DuplicateRequest(Conflict):
    """The operation already ran with this key. `result_id` is the public ID of its result, which may be deleted."""

    def __init__(self, result_id: str) -> None:
        super().__init__("This request was already sent. Nothing was created a second time.")
        self.result_id = result_id


class RequestInProgress(Conflict):
    """The first request with this key is still running."""

    def __init__(self) -> None:
        super().__init__("The first request with this idempotency key is still in progress. Try again in a moment.")


class KeyReused(Exception):
    """The key was sent before with a different request."""

    message = "This idempotency key was already used for a different request. Use a new key for each thing you create."


def run_once[T](
    operation: Callable[[], T], *, public_id: Callable[[T], str], actor: str, key: str, fingerprint: str = ""
) -> T:
    """Run `operation` in a transaction, unless `actor` ran it with `key` within `IdempotencyKey.LIFETIME`.

    With an empty key, just run it.

    Args:
        public_id: Returns the public ID of the operation's result.
        actor: Whose key it is (`Actor.identifier`). Keys of different actors never collide.
        fingerprint: Hash of the request. The same key must always come with the same fingerprint.

    Raises: DuplicateRequest, RequestInProgress, KeyReused; and whatever `operation` raises, which frees the key.
    """
    if not key:
        return operation()
    claim = _claim(actor, sha256(key.encode()).hexdigest(), fingerprint)
    try:
        with transaction.atomic():
            result = operation()
            if not _unfinished(claim).update(result_id=public_id(result)):
                raise RequestInProgress  # another request took the key over, because this one took so long
    except BaseException:
        _unfinished(claim).delete()
        raise
    return result


def _unfinished(claim: IdempotencyKey) -> QuerySet[IdempotencyKey]:
    """Return the row of a claim, unless another request took it over."""
    return IdempotencyKey.objects.filter(pk=claim.pk, result_id="", created_at=claim.created_at)


def _claim(actor: str, key: str, fingerprint: str) -> IdempotencyKey:
    """Claim the key. The row is committed at once, so that a simultaneous request sees it."""
    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - IdempotencyKey.LIFETIME).delete()
    defaults = {"fingerprint": fingerprint, "created_at": now}
    try:
        row, is_new = IdempotencyKey.objects.get_or_create(actor=actor, key=key, defaults=defaults)
    except IntegrityError as error:  # the first request failed and freed the key between our two queries
        raise RequestInProgress from error
    if is_new:
        return row
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.result_id:
        raise DuplicateRequest(row.result_id)
    if row.created_at >= now - ABANDONED_AFTER or not _unfinished(row).update(created_at=now):
        raise RequestInProgress
    row.created_at = now
    return row
