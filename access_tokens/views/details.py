"""What there is to know of one token: where it comes from, how it was used in the last days."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from access_tokens.models import AccessToken
from access_tokens.views.listing import list_url, tokens_of
from workspaces.console import ConsoleRequest, workspace_page
from workspaces.dialogs import dialog
from workspaces.models import Workspace

DAYS = 30
HOURS = 24
HEIGHT = 40
"""Of the sparkline, in its own units; a day is 10 of them wide."""


class Day(NamedTuple):
    """A day (UTC), the calls in it, and its bar in the sparkline."""

    date: date
    calls: int
    x: int
    y: int
    height: int


@require_safe
@workspace_page()
def details(request: ConsoleRequest, workspace: Workspace, key_id: str) -> HttpResponse:
    token = get_object_or_404(tokens_of(workspace).select_related("parent"), key_id=key_id)
    days = last_days(token, today=timezone.now().date())
    context = {
        "token": token,
        "days": days,
        "total": sum(day.calls for day in days),
        "newest_first": days[::-1],
        "width": DAYS * 10,
        "height": HEIGHT,
        "list_url": list_url(request, workspace),
    }
    return dialog(request, "access_tokens/details.html", context)


def last_days(token: AccessToken, *, today: date) -> list[Day]:
    """The last `DAYS` days up to `today`, oldest first, those without a call too."""
    first = today - timedelta(days=DAYS - 1)
    since = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) // 3600
    by_day = token.hours.filter(hour__gte=since).annotate(day=(F("hour") - since) / HOURS)
    calls = dict(by_day.order_by().values("day").annotate(sum=Sum("calls")).values_list("day", "sum"))
    most = max(calls.values(), default=0)
    days = []
    for number in range(DAYS):
        count = calls.get(number, 0)
        height = max(1, round(count * HEIGHT / most)) if count else 0
        days.append(Day(first + timedelta(days=number), count, number * 10, HEIGHT - height, height))
    return days
