from django.db import models

from access_tokens.models.token import AccessToken


class TokenHour(models.Model):
    """Calls with a token in one hour (since 1970), of all processes."""

    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="hours", db_index=False)
    hour = models.PositiveIntegerField()
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "hour"], name="token_hour_is_counted_once")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.hour}"
