"""When a token ends: the presets that people choose from, and what counts as a valid instant."""

import calendar
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

EXPIRING_SOON = timedelta(days=14)
LATEST = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)


class ExpiryPreset(models.TextChoices):
    WEEK = "1w", "1 week"
    MONTH = "1m", "1 month"
    HALF_YEAR = "6m", "6 months"
    YEAR = "1y", "1 year"
    CUSTOM = "custom", "Custom date"
    NEVER = "never", "Never"


MONTHS = {ExpiryPreset.MONTH: 1, ExpiryPreset.HALF_YEAR: 6, ExpiryPreset.YEAR: 12}


def end_of_day(day: date) -> datetime:
    """The last second of `day` in UTC: a token that expires on a date works throughout it."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def _months_later(instant: datetime, months: int) -> datetime:
    years, month = divmod(instant.month - 1 + months, 12)
    year = instant.year + years
    day = min(instant.day, calendar.monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def resolve(preset: ExpiryPreset, *, custom: date | None = None, now: datetime | None = None) -> datetime | None:
    """The instant that a preset means, counted from `now`; None for never.

    Raises: ValidationError, if CUSTOM comes without a date.
    """
    now = (now or timezone.now()).replace(microsecond=0)
    match preset:
        case ExpiryPreset.NEVER:
            return None
        case ExpiryPreset.WEEK:
            return now + timedelta(weeks=1)
        case ExpiryPreset.CUSTOM:
            if custom is None:
                raise ValidationError("Choose the date on which the token expires.", code="required")
            return end_of_day(custom)
        case _:
            return _months_later(now, MONTHS[preset])


def validate(expires_at: datetime | None, *, now: datetime | None = None) -> None:
    """Raises: ValidationError, if the instant is past, or so far off that calendars end before it."""
    if expires_at is None:
        return
    if expires_at <= (now or timezone.now()):
        raise ValidationError("The expiry lies in the past. Choose a later one.", code="past")
    if expires_at > LATEST:
        raise ValidationError("Choose an expiry before the year 9999, or none.", code="too_late")
