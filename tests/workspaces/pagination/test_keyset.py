"""Keyset pagination of the event log, and the indexes that it uses."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import EventFactory, WorkspaceFactory
from workspaces.models import Event
from workspaces.pagination import keyset
from workspaces.pagination.keyset import EventPosition, get_event_page, iterate_all, newer_than, older_than
from workspaces.views.events import EventFilter

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def add(workspace, seconds):
    """Create events this many seconds after noon."""
    made = [EventFactory.build(workspace=workspace, at=NOON + timedelta(seconds=one)) for one in seconds]
    return Event.objects.bulk_create(made)


def walk(rows, size, name="older", **start):
    """Return all pages, from the first one on, by following their links."""
    query = QueryDict(mutable=True)
    query.update(start)
    parts = [get_event_page(rows, query, size)]
    while place := getattr(parts[-1], name):
        parts.append(get_event_page(rows, QueryDict(f"{'before' if name == 'older' else 'after'}={place}"), size))
    return parts


def test_pages_lead_to_the_end_and_back(acme):
    add(acme, [0, 0, 1, 1, 1, 2, 3])
    rows = acme.events.all()
    newest_first = list(rows)
    there = walk(rows, 3)
    assert [len(part.rows) for part in there] == [3, 3, 1]
    assert [row for part in there for row in part.rows] == newest_first
    last = EventPosition.of_event(there[-1].rows[0])
    back = walk(rows, 3, "newer", after=str(last))
    assert [part.rows for part in back] == [newest_first[3:6], newest_first[:3]]
    assert (back[-1].newer, back[-1].older) == (None, str(EventPosition.of_event(newest_first[2])))


def test_new_events_do_not_move_pages(acme):
    add(acme, range(6))
    rows = acme.events.all()
    first = get_event_page(rows, QueryDict(), 3)
    add(acme, range(6, 20))
    second = get_event_page(rows, QueryDict(f"before={first.older}"), 3)
    assert [row.at.second for row in second.rows] == [2, 1, 0]


@pytest.mark.parametrize("query", ["before=x", "after=--", "before=1-", f"before={'9' * 40}-1", "before=1-1", "page=7"])
def test_invalid_or_exhausted_position_shows_the_newest_events(acme, query):
    add(acme, range(3))
    assert [row.at.second for row in get_event_page(acme.events.all(), QueryDict(query), 2).rows] == [2, 1]


def test_all_events_are_read_once_in_chunks(acme, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(keyset, "CHUNK_SIZE", 3)
    add(acme, [0, 0, 0, 0, 1, 2, 2])
    with django_assert_num_queries(3):
        read = list(iterate_all(acme.events.all()))
    assert read == list(acme.events.all())


@pytest.mark.same_on_each_database
@given(st.integers(0, 10**16 - 1), st.integers(0, 2**59))
def test_position_can_be_written_and_parsed(microseconds, pk):
    place = EventPosition(keyset.EPOCH + timedelta(microseconds=microseconds), pk)
    assert EventPosition.parse(str(place)) == place


# Indexes


@pytest.fixture
def long_log(acme):
    """Few events of each type, actor and subject among many, and events of other workspaces."""
    other = WorkspaceFactory()
    made = [
        EventFactory.build(
            workspace=other if number % 3 else acme,
            at=NOON + timedelta(seconds=number),
            event_type=f"k{number % 7}.x",
            actor_name=f"a{number % 400}",
            subject_id=f"s{number % 900}",
            request_id=f"r{number}",
        )
        for number in range(6000)
    ]
    Event.objects.bulk_create(made)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE workspaces_event")
    return acme


def plan(rows) -> str:
    if connection.vendor == "postgresql":
        return json.dumps(json.loads(rows.explain(format="json")))
    return str(rows.explain())


def filtered_events(workspace, **query):
    filters = QueryDict(mutable=True)
    filters.update(query)
    return EventFilter(filters, queryset=workspace.events.all()).qs


MIDDLE = EventPosition(NOON + timedelta(seconds=3000), 3000)
QUERIES = {
    "newest": (lambda acme: acme.events.all()[:26], "event_newest_first"),
    "older": (lambda acme: older_than(acme.events.all(), MIDDLE)[:26], "event_newest_first"),
    "newer": (lambda acme: newer_than(acme.events.all(), MIDDLE)[:26], "event_newest_first"),
    "of a kind": (lambda acme: older_than(filtered_events(acme, type="token.created"), MIDDLE)[:26], "event_by_type"),
    "of an actor": (lambda acme: older_than(filtered_events(acme, actor="a7"), MIDDLE)[:26], "event_by_actor"),
    "of a thing": (lambda acme: older_than(filtered_events(acme, subject="s7"), MIDDLE)[:26], "event_by_subject"),
    "of a request": (lambda acme: filtered_events(acme, request_id="r9")[:26], "event_by_request"),
    "of a time": (
        lambda acme: filtered_events(acme, at_after="2026-11-24T12:30", at_before="2026-11-24T13:00")[:26],
        "event_newest",
    ),
    "searched": (lambda acme: filtered_events(acme, q="Ada")[:26], "event_newest_first"),
    "oldest": (lambda acme: acme.events.filter(at__lt=NOON).order_by("at", "pk")[:1000], "event_newest_first"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_page_is_read_from_an_index(long_log, name):
    """It neither scans the whole log nor sorts what it finds."""
    query, index = QUERIES[name]
    told = plan(query(long_log))
    assert index in told
    assert not any(sign in told for sign in ("Seq Scan", '"Sort"', "SCAN workspaces_event", "TEMP B-TREE FOR ORDER BY"))


def test_new_events_are_counted_in_the_index(long_log):
    news = newer_than(filtered_events(long_log), MIDDLE)[:100].values("pk")
    told = plan(news)
    assert "COVERING INDEX event_newest_first" in told or "Index Only Scan" in told
    assert news.count() == 100
