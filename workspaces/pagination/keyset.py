"""Pages of the event log by position (keyset pagination), newest first.

Every page costs the same: an index leads to the position, and nothing is counted or skipped.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from django.db.models import Q, QuerySet
from django.http import QueryDict

from workspaces.models import Event

CHUNK_SIZE = 2000
"""Rows that `iterate_all` reads at once."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
POSITION_PATTERN = re.compile(r"(\d{1,16})-(\d{1,18})", re.ASCII)


class EventPosition(NamedTuple):
    """The position of an event: its time, and its key to break ties. In a URL: `1764149400000000-4711`."""

    at: datetime
    pk: int

    @classmethod
    def of_event(cls, event: Event) -> Self:
        return cls(event.at, event.pk)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse a position of a URL. Return None if it is malformed."""
        found = POSITION_PATTERN.fullmatch(text)
        return cls(EPOCH + int(found[1]) * MICROSECOND, int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.pk}"


class EventPage(NamedTuple):
    """A page of events, newest first, with the positions of the next older and newer page (None: there is none)."""

    rows: list[Event]
    older: str | None
    newer: str | None


def older_than(rows: QuerySet[Event], position: EventPosition) -> QuerySet[Event]:
    """Return the events older than `position`, newest first."""
    behind = rows.filter(at__lte=position.at).filter(Q(at__lt=position.at) | Q(pk__lt=position.pk))
    return behind.order_by("-at", "-pk")


def newer_than(rows: QuerySet[Event], position: EventPosition) -> QuerySet[Event]:
    """Return the events newer than `position`, oldest first."""
    since = rows.filter(at__gte=position.at).filter(Q(at__gt=position.at) | Q(pk__gt=position.pk))
    return since.order_by("at", "pk")


def get_event_page(rows: QuerySet[Event], query: QueryDict, size: int) -> EventPage:
    """Return the page in the URL: older than `before`, newer than `after`, or the newest events."""
    before, after = (EventPosition.parse(query.get(name, "")) for name in ("before", "after"))
    if after is not None:
        found = list(newer_than(rows, after)[: size + 1])
        if len(found) > size:
            page = found[:size][::-1]
            return EventPage(page, str(EventPosition.of_event(page[-1])), str(EventPosition.of_event(page[0])))
        before = None  # these are the newest events: fill the page
    found = list(older_than(rows, before)[: size + 1]) if before else []
    if not found:  # no position, or nothing older: the newest events
        before, found = None, list(rows.order_by("-at", "-pk")[: size + 1])
    page = found[:size]
    older = str(EventPosition.of_event(page[-1])) if len(found) > size else None
    return EventPage(page, older, str(EventPosition.of_event(page[0])) if before else None)


def iterate_all(rows: QuerySet[Event]) -> Iterator[Event]:
    """Yield all events, newest first, in chunks, without an open cursor, transaction or lock."""
    chunk = list(rows.order_by("-at", "-pk")[:CHUNK_SIZE])
    while chunk:
        yield from chunk
        chunk = (
            list(older_than(rows, EventPosition.of_event(chunk[-1]))[:CHUNK_SIZE]) if len(chunk) == CHUNK_SIZE else []
        )
