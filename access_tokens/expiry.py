"""Expiry of tokens: presets, valid instants and comparison. Pure, without models or settings."""

import calendar
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

EXPIRING_SOON = timedelta(days=14)
MAX_EXPIRES_AT = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)


class ExpiryPreset(models.TextChoices):
    WEEK = "1w", "1 week"
    MONTH = "1m", "1 month"
    HALF_YEAR = "6m", "6 months"
    YEAR = "1y", "1 year"
    CUSTOM = "custom", "Custom date"
    NEVER = "never", "Never"


MONTHS = {ExpiryPreset.MONTH: 1, ExpiryPreset.HALF_YEAR: 6, ExpiryPreset.YEAR: 12}


def end_of_day(day: date) -> datetime:
    """Return the last second of `day` in UTC, so that a token works on the whole day on which it expires."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def _add_months(instant: datetime, months: int) -> datetime:
    years, month = divmod(instant.month - 1 + months, 12)
    year = instant.year + years
    day = min(instant.day, calendar.monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def resolve(preset: ExpiryPreset, *, custom: date | None = None, now: datetime | None = None) -> datetime | None:
    """Return the expiry that a preset means at `now` (default: the current time), or None for NEVER.

    Raises: ValidationError, for CUSTOM without a date.
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
            return _add_months(now, MONTHS[preset])


def validate(expires_at: datetime | None, *, now: datetime | None = None) -> None:
    """Raises: ValidationError, if the expiry is in the past or after `MAX_EXPIRES_AT`."""
    if expires_at is None:
        return
    if expires_at <= (now or timezone.now()):
        raise ValidationError("This expiry is in the past. Choose a later one.", code="past")
    if expires_at > MAX_EXPIRES_AT:
        raise ValidationError("Choose an expiry before the year 9999, or none.", code="too_late")


def outlives(expires_at: datetime | None, other: datetime | None) -> bool:
    """Return whether `expires_at` is later than `other`. None is the latest."""
    return other is not None and (expires_at is None or expires_at > other)
