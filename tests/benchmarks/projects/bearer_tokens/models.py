from typing import ClassVar

from django.conf import settings
from django.db import models


class BearerToken(models.Model):
    """The minimum for a token check: an unsalted digest, and the token's user."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["BearerToken"]] = models.Manager()

    class Meta:
        app_label = "bearer_tokens"

    def __str__(self) -> str:
        return self.digest
