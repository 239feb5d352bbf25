from datetime import UTC, date, datetime, timedelta

from django.db import models

from access_tokens.models.token import AccessToken

DAYS_SHOWN = 30
"""Of the calls of a token, today included. Hours before them have had their time."""


def first_hour_shown(today: date) -> int:
    """The hour (since 1970) with which the first of the days begins that are shown."""
    first = today - timedelta(days=DAYS_SHOWN - 1)
    return int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) // 3600


class RejectionReason(models.TextChoices):
    """Why a call of a token that is known was refused."""

    WORKSPACE_DELETED = "workspace_deleted", "Its workspace is deleted"
    DISABLED = "disabled", "The token is disabled"
    EXPIRED = "expired", "The token has expired"
    SCOPE_UNAVAILABLE = "scope_unavailable", "Its scope is switched off"
    PREVIOUS_SECRET = "previous_secret", "Previous secret, after its overlap period"
    WRONG_SECRET = "wrong_secret", "A wrong secret"
    RATE_LIMITED = "rate_limited", "Too many calls"
    INSUFFICIENT_SCOPE = "insufficient_scope", "Its scope does not suffice"
    NOT_ALLOWED = "not_allowed", "Not allowed to tokens like it"
    OTHER_WORKSPACE = "other_workspace", "Meant for another workspace"


class HourlyUsage(models.Model):
    """Calls with a token in one hour (since 1970), of all processes."""

    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="hourly_usage", db_index=False)
    hour = models.PositiveIntegerField()
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "hour"], name="token_hour_is_counted_once")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.hour}"


class HourlyRejections(models.Model):
    """Calls of a token that were refused in one hour (since 1970) for one reason, of all processes."""

    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="hourly_rejections", db_index=False)
    hour = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=RejectionReason)
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "hour", "reason"], name="refused_hour_is_counted_once")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.hour} {self.reason}"
