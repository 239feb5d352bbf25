"""Pages of a log by the place of their rows, newest first: the thousandth costs what the first does.

Nothing is counted and nothing is skipped over: an index leads to the place and is read on from there.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from django.db.models import Q, QuerySet
from django.http import QueryDict

from workspaces.models import Event

CHUNK = 2000
"""Rows that are read at once by what reads all of them."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WRITTEN = re.compile(r"(\d{1,16})-(\d{1,18})", re.ASCII)


class EventPosition(NamedTuple):
    """Where a row stands: its instant, and its key, which breaks ties. In a URL: `1764149400000000-4711`."""

    at: datetime
    pk: int

    @classmethod
    def of_event(cls, event: Event) -> Self:
        return cls(event.at, event.pk)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for what is no place."""
        found = WRITTEN.fullmatch(text)
        return cls(EPOCH + int(found[1]) * MICROSECOND, int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.pk}"


class EventPage(NamedTuple):
    """Some rows, newest first, and the places from which it goes on to older and to newer ones (None: there are none).

    The newest rows have no place before them: whoever is there sees what comes.
    """

    rows: list[Event]
    older: str | None
    newer: str | None


def older_than(rows: QuerySet[Event], place: EventPosition) -> QuerySet[Event]:
    """Those of `rows` that come after `place`, newest first."""
    behind = rows.filter(at__lte=place.at).filter(Q(at__lt=place.at) | Q(pk__lt=place.pk))
    return behind.order_by("-at", "-pk")


def newer_than(rows: QuerySet[Event], place: EventPosition) -> QuerySet[Event]:
    """Those of `rows` that came since `place`, oldest first."""
    since = rows.filter(at__gte=place.at).filter(Q(at__gt=place.at) | Q(pk__gt=place.pk))
    return since.order_by("at", "pk")


def get_event_page(rows: QuerySet[Event], query: QueryDict, size: int) -> EventPage:
    """What the URL asks for: what is older than `before`, or newer than `after`, or the newest rows."""
    before, after = (EventPosition.parse(query.get(name, "")) for name in ("before", "after"))
    if after is not None:
        found = list(newer_than(rows, after)[: size + 1])
        if len(found) > size:
            page = found[:size][::-1]
            return EventPage(page, str(EventPosition.of_event(page[-1])), str(EventPosition.of_event(page[0])))
        before = None  # these are the newest: a whole page of them
    found = list(older_than(rows, before)[: size + 1]) if before else []
    if not found:  # nothing is left there, or nothing was asked for: these are the newest
        before, found = None, list(rows.order_by("-at", "-pk")[: size + 1])
    page = found[:size]
    older = str(EventPosition.of_event(page[-1])) if len(found) > size else None
    return EventPage(page, older, str(EventPosition.of_event(page[0])) if before else None)


def iterate_all(rows: QuerySet[Event]) -> Iterator[Event]:
    """All of `rows`, newest first, in chunks: no cursor stays open, no transaction, no lock."""
    chunk = list(rows.order_by("-at", "-pk")[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(older_than(rows, EventPosition.of_event(chunk[-1]))[:CHUNK]) if len(chunk) == CHUNK else []
