"""The dialog with a token's origin and usage."""

from typing import NamedTuple

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction
from access_tokens.token_usage import DailyRequests, get_daily_requests, get_rejection_counts
from access_tokens.views.token_list import token_list_url
from access_tokens.views.token_page import token_page
from workspaces.console.dialogs import render_dialog
from workspaces.console.page_access import ConsoleRequest

CHART_HEIGHT, BAR_DISTANCE = 40, 10
"""In units of the chart's viewBox."""


class Bar(NamedTuple):
    x: int
    y: int
    height: int


@require_safe
@token_page(TokenAction.VIEW)
def details(request: ConsoleRequest, token: AccessToken) -> HttpResponse:
    today = timezone.now().date()
    days, rejections = get_daily_requests(token, today=today), get_rejection_counts(token, today=today)
    context = {
        "token": token,
        "days": days[::-1],
        "request_count": sum(day.requests for day in days),
        "bars": chart_bars(days),
        "chart_width": len(days) * BAR_DISTANCE,
        "chart_height": CHART_HEIGHT,
        "rejections": rejections,
        "rejection_count": sum(rejection.requests for rejection in rejections),
        "list_url": token_list_url(request),
    }
    return render_dialog(request, "access_tokens/token_details.html", context)


def chart_bars(days: list[DailyRequests]) -> list[Bar]:
    """Scale the days' bars to the busiest day. A single request is still visible."""
    most = max(day.requests for day in days) or 1
    heights = [max(1, round(day.requests * CHART_HEIGHT / most)) if day.requests else 0 for day in days]
    return [Bar(day * BAR_DISTANCE, CHART_HEIGHT - height, height) for day, height in enumerate(heights)]
