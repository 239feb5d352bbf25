"""Changes of many items over several requests, with a progress bar.

The page repeats its request until all items are changed. Closing the page stops there; finished changes stay.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Self

from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

from workspaces.console.dialogs import render_dialog
from workspaces.console.page_access import ConsoleRequest

MAX_SECONDS = 1.0
"""How long one request changes items."""
NOT_RESENT = frozenset({"csrfmiddlewaretoken", "back", "total", "reached", "skipped"})


def posted_number(request: HttpRequest, field: str) -> int:
    """Return the number in a field of the form, or 0 if it is not a number."""
    value = request.POST.get(field, "")
    return int(value) if re.fullmatch(r"[0-9]{1,18}", value) else 0


@dataclass(frozen=True)
class BulkProgress:
    """The result of one request: how many items it found, and how many of them it changed."""

    request: HttpRequest
    found: int
    changed: int

    @classmethod
    def run[T](cls, request: HttpRequest, items: Iterable[T], change: Callable[[T], object], *, found: int) -> Self:
        """Change items for up to `MAX_SECONDS`, but at least one. `items` has at least the next of the `found` ones."""
        end, changed = monotonic() + MAX_SECONDS, 0
        for item in items:
            change(item)
            changed += 1
            if monotonic() >= end:
                break
        return cls(request, found, changed)

    @property
    def left(self) -> int:
        return max(0, self.found - self.changed)

    @property
    def total(self) -> int:
        """The number of all items, which the page remembers from its first request."""
        return max(self.found, posted_number(self.request, "total"))

    @property
    def done(self) -> int:
        return self.total - self.left

    @property
    def fields_to_resend(self) -> list[tuple[str, list[str]]]:
        """The fields to send again: name, values."""
        return [(name, values) for name, values in self.request.POST.lists() if name not in NOT_RESENT]


def progress_dialog(request: ConsoleRequest, progress: BulkProgress, title: str, *, back_to: str) -> HttpResponse:
    """Show the progress and let the page repeat its request. title: what is being done."""
    response = render_dialog(
        request, "workspaces/bulk_progress.html", {"progress": progress, "title": title, "list_url": back_to}
    )
    return trigger_client_event(response, "tokens:changed")
