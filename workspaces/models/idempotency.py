from datetime import timedelta

from django.db import models
from django.utils import timezone


class IdempotencyKey(models.Model):
    """A creation that was asked for under a key: asking again makes no second one, even if the first is gone by then.

    holder: who asked (`Actor.holder`); key: the SHA-256 of their word for it; fingerprint: of what they asked for;
    made: the public id of what it made, empty while it is under way.
    """

    LIFETIME = timedelta(hours=24)

    holder = models.CharField(max_length=300)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, blank=True)
    made = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["holder", "key"], name="idempotency_key_is_used_once")]

    def __str__(self) -> str:
        return self.made
