"""Long changes, a part in each request: none takes longer than people wait, and the page tells how far it is.

The page sends the same again by itself until nothing is left; who closes it stops there. What is done stays done.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Self

from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

from workspaces.console.dialogs import dialog
from workspaces.console.page_access import ConsoleRequest

SECONDS = 1.0
"""That a part may take."""
NOT_SENT_AGAIN = frozenset({"csrfmiddlewaretoken", "back", "total", "reached", "skipped"})


def number_sent(request: HttpRequest, field: str) -> int:
    """The number in a field that the page filled in; 0 for what is none."""
    sent = request.POST.get(field, "")
    return int(sent) if re.fullmatch(r"[0-9]{1,18}", sent) else 0


@dataclass(frozen=True)
class Part:
    """What one request did of a change to many tokens: it found so many still to be changed, and came so far."""

    request: HttpRequest
    found: int
    changed: int

    @classmethod
    def of[T](cls, request: HttpRequest, things: Iterable[T], change: Callable[[T], object], *, found: int) -> Self:
        """Change as many of the `found` as there is time for in one request, but one if there is any.

        things: at least the next ones.
        """
        end, changed = monotonic() + SECONDS, 0
        for thing in things:
            change(thing)
            changed += 1
            if monotonic() >= end:
                break
        return cls(request, found, changed)

    @property
    def left(self) -> int:
        return max(0, self.found - self.changed)

    @property
    def total(self) -> int:
        """How many the whole change is about, as the page remembers it from its first part."""
        return max(self.found, number_sent(self.request, "total"))

    @property
    def done(self) -> int:
        return self.total - self.left

    @property
    def sent(self) -> list[tuple[str, list[str]]]:
        """The fields that are to be sent again: name, values."""
        return [(name, values) for name, values in self.request.POST.lists() if name not in NOT_SENT_AGAIN]


def go_on(request: ConsoleRequest, part: Part, title: str, *, back_to: str) -> HttpResponse:
    """Tell how far it has come, and let the page send the same again. title: what is going on."""
    response = dialog(request, "access_tokens/progress.html", {"part": part, "title": title, "close_to": back_to})
    return trigger_client_event(response, "tokens:changed")
