"""Deletes hourly counts of requests that are older than the console shows."""

from collections.abc import Iterable

from django.db.models import Model
from django.utils import timezone

from access_tokens.models import HourlyRejections, HourlyUsage
from access_tokens.models.usage import first_hour_shown

BATCH_SIZE = 1000
"""Rows in one statement, so that no lock is held for long."""
MODELS: Iterable[type[HourlyUsage | HourlyRejections]] = (HourlyUsage, HourlyRejections)


def purge_hourly_counts() -> int:
    """Delete the counts of hours that are no longer shown. Return how many rows were deleted.

    Primary keys grow with time, so the oldest rows come first. An index on the hour would slow down every write.
    """
    first_hour = first_hour_shown(timezone.now().date())
    return sum(_purge_before(first_hour, model) for model in MODELS)


def _purge_before(hour: int, model: type[Model]) -> int:
    deleted, old = 0, model._default_manager.filter(hour__lt=hour).order_by("pk").values_list("pk", flat=True)
    while batch := list(old[:BATCH_SIZE]):
        deleted += model._default_manager.filter(pk__in=batch).delete()[0]
    return deleted
