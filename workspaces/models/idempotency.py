from datetime import timedelta

from django.db import models
from django.utils import timezone


class IdempotencyKey(models.Model):
    """A key that a client sends with a request so that retries don't repeat it. See `workspaces.idempotency`.

    actor: the actor who sent it (`Actor.identifier`). key: SHA-256 of the key. fingerprint: hash of the request.
    result_id: public ID of what the request created; empty while it is in progress.
    """

    LIFETIME = timedelta(hours=24)

    actor = models.CharField(max_length=300)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, blank=True)
    result_id = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_is_unique_per_actor")]

    def __str__(self) -> str:
        return self.result_id
