"""How long the hours of tokens are kept: for as long as they are shown."""

from collections.abc import Iterable

from django.db.models import Model
from django.utils import timezone

from access_tokens.models import RejectedHour, TokenHour
from access_tokens.models.usage import first_hour_shown

BATCH = 1000
"""Rows that are deleted in one statement: no lock is held for long."""
COUNTS: Iterable[type[TokenHour | RejectedHour]] = (TokenHour, RejectedHour)


def forget_hours() -> int:
    """Delete the counts of hours that are shown no more. Returns how many.

    Keys grow with time, so that the oldest are found at once. An index of hours would cost each count that is written.
    """
    first = first_hour_shown(timezone.now().date())
    return sum(_forget_before(first, model) for model in COUNTS)


def _forget_before(hour: int, model: type[Model]) -> int:
    forgotten, old = 0, model._default_manager.filter(hour__lt=hour).order_by("pk").values_list("pk", flat=True)
    while batch := list(old[:BATCH]):
        forgotten += model._default_manager.filter(pk__in=batch).delete()[0]
    return forgotten
