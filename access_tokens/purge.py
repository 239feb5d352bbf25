"""Purge data past its retention: hourly counts of requests."""

from django.utils import timezone

from access_tokens.models import HourlyRejections, HourlyUsage
from access_tokens.models.usage import first_hour_shown

BATCH_SIZE = 1000
"""Rows in one DELETE, so that no lock is held for long."""


def purge_hourly_counts() -> int:
    """Delete the counts of hours that are no longer shown. Return the number of deleted rows."""
    first_hour = first_hour_shown(timezone.now().date())
    return sum(_purge_before(first_hour, model) for model in (HourlyUsage, HourlyRejections))


def _purge_before(hour: int, model: type[HourlyUsage | HourlyRejections]) -> int:
    """Primary keys grow with time, so this finds old rows without an index of hours, which would slow each write."""
    deleted, old = 0, model._default_manager.filter(hour__lt=hour).order_by("pk").values_list("pk", flat=True)
    while batch := list(old[:BATCH_SIZE]):
        deleted += model._default_manager.filter(pk__in=batch).delete()[0]
    return deleted
