from datetime import timedelta

from django.db import models
from django.utils import timezone


class IdempotencyKey(models.Model):
    """A creation that was asked for under a key: asking again makes no second one, even if the first is gone by then.

    actor: who asked (`Actor.identifier`); key: the SHA-256 of their word for it; fingerprint: of what they asked for;
    created_id: the public id of what it made, empty while it is under way.
    """

    RETENTION = timedelta(hours=24)

    actor = models.CharField(max_length=300)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, blank=True)
    created_id = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_is_used_once")]

    def __str__(self) -> str:
        return self.created_id
