"""Hourly counts of requests, summed over all processes."""

from datetime import UTC, date, datetime, timedelta

from django.db import models

from access_tokens.models.token import AccessToken

DAYS_SHOWN = 30
"""Days of usage that the console shows, including today. Older counts are purged."""


def first_hour_shown(today: date) -> int:
    """Return the first hour of the first day shown, in hours since 1970."""
    first_day = today - timedelta(days=DAYS_SHOWN - 1)
    return int(datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC).timestamp()) // 3600


class RejectionReason(models.TextChoices):
    """Why a request with a known token was rejected."""

    WORKSPACE_DELETED = "workspace_deleted", "Workspace deleted"
    DISABLED = "disabled", "Token disabled"
    EXPIRED = "expired", "Token expired"
    SCOPE_UNAVAILABLE = "scope_unavailable", "Scope switched off"
    PREVIOUS_SECRET = "previous_secret", "Previous secret, after the overlap period"
    WRONG_SECRET = "wrong_secret", "Wrong secret"
    RATE_LIMITED = "rate_limited", "Rate limit exceeded"
    INSUFFICIENT_SCOPE = "insufficient_scope", "Scope too low"
    NOT_ALLOWED = "not_allowed", "Not allowed for this token"
    OTHER_WORKSPACE = "other_workspace", "Other workspace requested"


class HourlyUsage(models.Model):
    """Accepted requests with a token in one hour (hours since 1970)."""

    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="hourly_usage", db_index=False)
    hour = models.PositiveIntegerField()
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "hour"], name="one_usage_count_per_hour")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.hour}"


class HourlyRejections(models.Model):
    """Rejected requests with a token in one hour (hours since 1970), for one reason."""

    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="hourly_rejections", db_index=False)
    hour = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=RejectionReason)
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "hour", "reason"], name="one_rejection_count_per_hour")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.hour} {self.reason}"
