"""The requests of one token in the last days, for its details dialog."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Max, Sum

from access_tokens.models import AccessToken, RejectionReason
from access_tokens.models.usage import DAYS_SHOWN, first_hour_shown


class DailyRequests(NamedTuple):
    date: date
    """In UTC."""
    requests: int


class RejectionCount(NamedTuple):
    reason: str
    requests: int
    last_hour: datetime
    """The start of the hour of the last rejection, in UTC."""


def get_daily_requests(token: AccessToken, *, today: date) -> list[DailyRequests]:
    """Count the requests of the last `DAYS_SHOWN` days up to `today` (UTC), oldest first, days without any included."""
    first_hour, first_day = first_hour_shown(today), today - timedelta(days=DAYS_SHOWN - 1)
    hours = token.hourly_usage.filter(hour__gte=first_hour).annotate(day=(F("hour") - first_hour) / 24).order_by()
    requests = dict(hours.values("day").annotate(sum=Sum("requests")).values_list("day", "sum"))
    return [DailyRequests(first_day + timedelta(days=day), requests.get(day, 0)) for day in range(DAYS_SHOWN)]


def get_rejection_counts(token: AccessToken, *, today: date) -> list[RejectionCount]:
    """Count the rejected requests of the same days by reason, the most frequent first."""
    hours = token.hourly_rejections.filter(hour__gte=first_hour_shown(today)).order_by()
    reasons = hours.values("reason").annotate(sum=Sum("requests"), last=Max("hour")).order_by("-sum", "reason")
    return [
        RejectionCount(
            RejectionReason(row["reason"]).label, row["sum"], datetime.fromtimestamp(row["last"] * 3600, UTC)
        )
        for row in reasons
    ]
