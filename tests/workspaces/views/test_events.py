"""The event log: what is found, page by page; one event; what is new; the log as a file."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.access_tokens.views.console_client import HTMX
from tests.factories import EventFactory, WorkspaceFactory, make_token
from workspaces.events import EventType, exports
from workspaces.models import Event, Membership
from workspaces.pagination import keyset
from workspaces.pagination.keyset import EventPosition
from workspaces.permissions import Role

VIEW = "workspaces:events"
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1")


@pytest.fixture
def administrator(as_member):
    return as_member(Role.ADMINISTRATOR)


def event(acme, name="Site", **fields):
    return EventFactory(workspace=acme, subject_name=name, **fields)


def shown(response):
    return [row.record.subject_name for row in response.context["table"].rows]


def found(person, **query):
    return shown(person.get(VIEW, query=query))


# The list


def test_each_event_is_a_sentence_with_what_changed_when_and_from_where(administrator, acme):
    event(
        acme,
        "CI <runner>",
        event_type=EventType.TOKEN_EDITED,
        changes={"scope": ["viewer", "team_member"]},
        ip_address="203.0.113.7",
        client="Firefox",
    )
    text = administrator.get(VIEW).text
    assert "<strong>Ada Lovelace</strong> edited the token <strong>CI &lt;runner&gt;</strong>" in text
    assert "Scope: Viewer → Team Member" in text
    assert "203.0.113.7" in text
    assert "Firefox" in text


def test_only_who_may_read_it_is_shown_the_way(as_member):
    way = '/workspace/acme/events"'
    assert way in as_member(Role.ADMINISTRATOR).get("list").text
    assert way not in as_member(Role.WORKSPACE_MANAGER).get("list").text


def test_another_workspaces_events_are_not_there(administrator, acme):
    elsewhere = event(WorkspaceFactory(), "Theirs")
    event(acme, "Ours")
    assert found(administrator) == ["Ours"]
    assert administrator.get("workspaces:event", elsewhere).status_code == 404


def test_each_filter_finds_what_it_names_and_all_of_them_together(administrator, acme):
    now = timezone.now()
    event(acme, "Old", at=now - timedelta(days=40))
    event(acme, "Last week", at=now - timedelta(days=8))
    event(acme, "Bob's", actor_name="bob@acme.example", actor_label="Bob", request_id="r1")
    event(acme, "Deleted", event_type=EventType.PROJECT_DELETED, subject_id="p1")
    assert found(administrator, actor="bob@acme.example") == ["Bob's"]
    assert found(administrator, subject="p1") == ["Deleted"]
    assert found(administrator, request_id="r1") == ["Bob's"]
    assert found(administrator, type="project.deleted") == ["Deleted"]
    assert found(administrator, span="7d") == ["Deleted", "Bob's"]
    assert found(administrator, span="30d") == ["Deleted", "Bob's", "Last week"]
    assert found(administrator, span="today", q="bob") == ["Bob's"]
    week_ago = f"{now - timedelta(days=7):%Y-%m-%dT%H:%M}"
    assert found(administrator, at_before=week_ago) == ["Last week", "Old"]
    assert found(administrator, at_after=f"{week_ago}:00Z", type="project.deleted") == ["Deleted"]
    assert found(administrator, q="LOVELACE", actor="bob@acme.example") == []


def test_what_the_url_says_wrongly_is_left_out(administrator, acme):
    event(acme)
    wrong = {"type": "x", "span": "x", "at_after": "x", "at_before": "9999-12-31T23:59:59-12:00", "before": "x"}
    assert found(administrator, **wrong, actor="a\0b", sort="event", page="7", per_page="7") == ["Site"]


def test_a_bound_in_time_is_shown_in_utc_however_it_came(administrator, acme):
    event(acme)
    text = administrator.get(VIEW, query={"at_before": "2030-01-01T01:30:00+01:00"}).text
    assert 'value="2030-01-01T00:30:00"' in text
    assert text.count('name="at_before"') == 1
    assert "2030-01-01T00:30" not in administrator.get(VIEW, query={"at_before": "soon"}).text


def test_filters_stay_while_pages_are_turned_and_places_go_with_a_new_filter(administrator, acme):
    for number in range(30):
        event(acme, str(number))
    event(acme, "Other", event_type=EventType.PROJECT_DELETED)
    first = administrator.get(VIEW, query={"type": "project.created"})
    older = first.context["event_page"].older
    assert shown(first)[:2] == ["29", "28"]
    assert f"?type=project.created&amp;before={older}" in first.text
    second = administrator.get(VIEW, query={"type": "project.created", "before": older})
    assert shown(second) == ["4", "3", "2", "1", "0"]
    assert "before" not in second.context["filters"].active


@pytest.mark.parametrize("number", [30, 600])
def test_it_costs_the_same_for_many_events(administrator, acme, number):
    """Session, person, membership, the events; the sidebar's workspaces. None counts."""
    Event.objects.bulk_create(EventFactory.build_batch(number, workspace=acme))
    oldest, middle = (str(EventPosition.of_event(Event.objects.order_by("pk")[place])) for place in (0, number // 2))
    administrator.get(VIEW)
    for query, cost in (({}, 5), ({"before": middle}, 5), ({"after": oldest, "q": "ada"}, 5)):
        with CaptureQueriesContext(connection) as queries:
            assert administrator.get(VIEW, query=query).status_code == 200
        assert len(queries) == cost
        assert not any("COUNT(" in query["sql"] for query in queries)


# One event


def test_one_event_tells_all_and_leads_to_others(administrator, acme):
    one = event(
        acme,
        event_type=EventType.TOKEN_CREATED,
        actor_name="ada+ops@acme.example",
        subject_id="ada@acme.example_7fK2mQ9xLp",
        request_id="edge-1234",
        changes={"expires_at": [None, "2027-01-31T23:59:59+00:00"]},
    )
    text = administrator.get("workspaces:event", one, headers=HTMX).text
    assert text.strip().startswith("<dialog")
    for told in ("token.created", "ada+ops@acme.example", "edge-1234", "2027-01-31 23:59 UTC", "none"):
        assert told in text
    for way in ("actor=ada%2Bops%40acme.example", "subject=ada%40acme.example_7fK2mQ9xLp", "request_id=edge-1234"):
        assert f'href="/workspace/acme/events?{way}"' in text


def test_a_token_and_a_member_lead_to_their_events_for_who_may_read_them(as_member, acme):
    token = make_token(acme).row
    ways = [
        ("details", token, f"/events?actor={token.token_id.replace('@', '%40')}"),
        ("list", None, f"/events?subject={token.token_id.replace('@', '%40')}"),
        ("workspaces:members", None, "/events?actor=person"),
    ]
    for view, thing, way in ways:
        assert way in as_member(Role.ADMINISTRATOR).get(view, thing).text
        assert "/events" not in as_member(Role.WORKSPACE_MANAGER).get(view, thing).text


# What is new


def news(person, since, **query):
    return person.get("workspaces:event_news", query={"since": since, **query}).text


def test_what_is_new_is_counted_within_the_filters_and_not_beyond_99(administrator, acme):
    since = administrator.get(VIEW).context["newest"]
    assert news(administrator, since) == ""
    event(acme)
    event(acme, event_type=EventType.PROJECT_DELETED)
    event(WorkspaceFactory())
    assert news(administrator, since) == "2 new"
    assert news(administrator, since, type="project.deleted") == "1 new"
    Event.objects.bulk_create(EventFactory.build_batch(98, workspace=acme))
    assert news(administrator, since) == "99+ new"
    assert news(administrator, administrator.get(VIEW).context["newest"]) == ""
    assert administrator.get("workspaces:event_news").status_code == 400


def test_a_page_that_asks_by_itself_is_no_sign_of_life(administrator, django_assert_num_queries):
    administrator.get(VIEW)
    long_ago = timezone.now() - timedelta(hours=5)
    Membership.objects.update(last_seen_at=long_ago)
    with django_assert_num_queries(4):
        news(administrator, "0-0")
    assert Membership.objects.get().last_seen_at == long_ago


# The log as a file


def exported(person, form="csv", **query):
    url = person.url("workspaces:export_events")
    response = person.client.post(url, {"format": form}, query_params=query)
    return response, b"".join(response.streaming_content).decode()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_dialog_tells_how_many_and_by_which_filters(administrator, acme):
    Event.objects.bulk_create(EventFactory.build_batch(1200, workspace=acme, actor_name="bob@acme.example"))
    event(acme)
    text = administrator.get("workspaces:export_events", query={"actor": "bob@acme.example"}, headers=HTMX).text
    assert "1,200 events" in text
    assert "by “bob@acme.example”" in text
    assert "/events/export?actor=bob%40acme.example" in text


def test_csv_has_a_line_for_each_event_that_was_found(administrator, acme):
    event(acme, "Äpfel; “Birnen”\nund,", event_type=EventType.PROJECT_RENAMED, changes={"name": ["Old", "New"]})
    event(acme, "Other")
    response, text = exported(administrator, type="project.renamed")
    name = f"acme-events-{timezone.now():%Y-%m-%d}.csv"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    [row] = rows_of(text)
    assert row["description"] == "Ada Lovelace renamed the project Äpfel; “Birnen”\nund,"
    assert (row["event_type"], row["changes"]) == ("project.renamed", "Name: Old → New")


def test_json_lines_have_each_event_as_the_api_tells_it(administrator, acme, api):
    event(acme, "=1+1", changes={"name": ["Old", "New"]})
    _, text = exported(administrator, "jsonl")
    [line] = text.splitlines()
    told = api.get("/api/v1/workspaces/acme/events", make_token(acme, Role.OWNER)).json()["items"][1]
    assert {**json.loads(line), "at": told["at"]} == told


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_begins_a_formula(administrator, acme, cell):
    event(acme, cell, actor_name=cell, actor_label=cell, client=cell, changes={cell: [None, cell]})
    [row] = rows_of(exported(administrator)[1])
    assert row["subject_name"] == row["actor_name"] == f"'{cell}"
    assert not [value for value in row.values() if value[:1] in "=+-@\t\r\n＝" and value]


def test_an_export_is_an_event_itself_and_not_in_its_file(administrator, acme):
    event(acme)
    _, text = exported(administrator, "jsonl", span="today", at_after="2020-01-01T00:00")
    assert len(text.splitlines()) == 1
    last = Event.objects.latest("pk")
    assert (last.event_type, last.actor_name) == (EventType.EVENTS_EXPORTED, administrator.user.email)
    assert last.changes == {"format": [None, "JSON Lines"], "filters": [None, ["at_after", "span"]]}


def test_a_long_log_is_sent_in_parts_and_read_as_it_goes(administrator, acme, monkeypatch):
    monkeypatch.setattr(keyset, "CHUNK_SIZE", 10)
    monkeypatch.setattr(exports, "LINES_PER_CHUNK", 10)
    Event.objects.bulk_create(EventFactory.build_batch(45, workspace=acme))
    response = administrator.post("workspaces:export_events", data={"format": "jsonl"})
    parts = iter(response.streaming_content)
    with CaptureQueriesContext(connection) as queries:
        first = next(parts)
    assert len(queries) == 1
    assert len((first + b"".join(parts)).splitlines()) == 45


def test_there_is_no_other_format_and_nothing_is_written_for_one(administrator, acme):
    assert administrator.post("workspaces:export_events", data={"format": "xlsx"}).status_code == 400
    assert not Event.objects.exists()
