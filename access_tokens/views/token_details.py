"""What there is to know of one token: where it comes from, how it was used in the last days."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Max, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from access_tokens.models import AccessToken, RejectionReason
from access_tokens.models.usage import DAYS_SHOWN, first_hour_shown
from access_tokens.views.token_list import list_url, tokens_of
from workspaces.console.dialogs import render_dialog
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.models import Workspace
from workspaces.permissions import Permission

HOURS = 24
HEIGHT = 40
"""Of the sparkline, in its own units; a day is 10 of them wide."""


class RejectionCount(NamedTuple):
    """Calls that were refused for one reason, and the last hour in which any was."""

    reason: str
    calls: int
    last: datetime


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
    today = timezone.now().date()
    days, refused = last_days(token, today=today), refusals(token, today=today)
    context = {
        "token": token,
        "days": days,
        "refused": refused,
        "refused_total": sum(one.calls for one in refused),
        "can_read_events": request.membership.has_permission(Permission.VIEW_EVENTS),
        "total": sum(day.calls for day in days),
        "newest_first": days[::-1],
        "width": DAYS_SHOWN * 10,
        "height": HEIGHT,
        "list_url": list_url(request, workspace),
    }
    return render_dialog(request, "access_tokens/token_details.html", context)


def refusals(token: AccessToken, *, today: date) -> list[RejectionCount]:
    """What was refused in the days that are shown, by reason, the most frequent first."""
    rows = token.hourly_rejections.filter(hour__gte=first_hour_shown(today)).order_by().values("reason")
    found = rows.annotate(sum=Sum("requests"), last=Max("hour")).order_by("-sum", "reason")
    return [
        RejectionCount(
            RejectionReason(row["reason"]).label, row["sum"], datetime.fromtimestamp(row["last"] * 3600, UTC)
        )
        for row in found
    ]


def last_days(token: AccessToken, *, today: date) -> list[Day]:
    """The last `DAYS_SHOWN` days up to `today`, oldest first, those without a call too."""
    since = first_hour_shown(today)
    first = today - timedelta(days=DAYS_SHOWN - 1)
    by_day = token.hourly_usage.filter(hour__gte=since).annotate(day=(F("hour") - since) / HOURS)
    calls = dict(by_day.order_by().values("day").annotate(sum=Sum("requests")).values_list("day", "sum"))
    most = max(calls.values(), default=0)
    days = []
    for number in range(DAYS_SHOWN):
        count = calls.get(number, 0)
        height = max(1, round(count * HEIGHT / most)) if count else 0
        days.append(Day(first + timedelta(days=number), count, number * 10, HEIGHT - height, height))
    return days
