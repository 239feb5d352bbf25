import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync
from django.db import IntegrityError, transaction

from accounts.models import User
from tests.factories import UserFactory, WorkspaceFactory, make_token, member_actor, token_actor
from workspaces.actors import Actor, request_details
from workspaces.events import EventType, differences, record_event
from workspaces.models import Event, Workspace
from workspaces.models.event import EventsAreAppendOnly

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    workspace = WorkspaceFactory(slug="acme")
    by = member_actor(workspace)
    return record_event(
        EventType.PROJECT_RENAMED,
        by=by,
        workspace=workspace,
        subject_id="p1",
        subject_name="Site",
        changes={"name": ("Old", "Site")},
    )


def move(event):
    WorkspaceFactory().events.add(event)


def update_asynchronously(event):
    """Run in another thread, because this one can have the event loop of an earlier browser test."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(async_to_sync(Event.objects.all().aupdate), event_type="x").result()


EVERY_WAY = {
    "save": lambda event: event.save(),
    "save of some fields": lambda event: event.save(update_fields=["event_type"]),
    "forced update": lambda event: event.save(force_update=True),
    "delete": lambda event: event.delete(),
    "update": lambda event: Event.objects.update(event_type="x"),
    "filtered update": lambda event: Event.objects.filter(pk=event.pk).update(event_type="x"),
    "queryset delete": lambda event: Event.objects.all().delete(),
    "filtered delete": lambda event: Event.objects.filter(pk=event.pk).delete(),
    "bulk update": lambda event: Event.objects.bulk_update([event], ["event_type"]),
    "update or create": lambda event: Event.objects.update_or_create(pk=event.pk, defaults={"event_type": "x"}),
    "base manager": lambda event: Event._base_manager.filter(pk=event.pk).update(event_type="x"),
    "base manager's delete": lambda event: Event._base_manager.all().delete(),
    "default manager": lambda event: Event._default_manager.all().delete(),
    "the workspace's events": lambda event: event.workspace.events.all().delete(),
    "the workspace's update": lambda event: event.workspace.events.update(event_type="x"),
    "removal from the workspace": lambda event: event.workspace.events.remove(event),
    "clearing the workspace": lambda event: event.workspace.events.clear(),
    "setting the workspace's": lambda event: event.workspace.events.set([]),
    "moving to another workspace": move,
    "asynchronous update": update_asynchronously,
    "fixture": lambda event: event.save_base(raw=True),
    "upsert": lambda event: Event.objects.bulk_create(
        [Event(pk=event.pk, event_type="x", actor_type="x", actor_name="x")],
        update_conflicts=True,
        update_fields=["event_type"],
        unique_fields=["id"],
    ),
}


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_orm_can_neither_change_nor_delete_an_event(event, way):
    before = Event.objects.values().get()
    event.event_type = "changed"
    with pytest.raises(EventsAreAppendOnly), transaction.atomic():
        way(event)
    assert Event.objects.values().get() == before


def test_event_with_an_existing_key_is_not_overwritten(event):
    before = Event.objects.values().get()
    copy = Event(pk=event.pk, event_type="x", actor_type="x", actor_name="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()
    assert Event.objects.values().get() == before


def test_event_outlives_its_workspace_actor_and_subject(event):
    token = make_token(Workspace.objects.get())
    gone = record_event(
        EventType.TOKEN_DISABLED,
        by=token_actor(token.row),
        workspace=token.row.workspace,
        subject_id=token.row.token_id,
        subject_name=token.row.label,
    )
    rows = list(Event.objects.order_by("pk").values())
    token_id = token.row.token_id
    Workspace.objects.get().delete()
    User.objects.all().delete()
    assert list(Event.objects.order_by("pk").values()) == rows
    event = Event.objects.get(pk=gone.pk)
    assert (event.workspace_slug, event.subject_id, event.actor_name) == ("acme", token_id, token_id)


def test_event_records_the_actor_and_the_request_details(rf):
    workspace = WorkspaceFactory(slug="acme")
    request = rf.get("/", REMOTE_ADDR="2001:db8::7", headers={"User-Agent": "Mozilla/5.0 Firefox/145.0"})
    request.id = "edge-1234"
    request.user = UserFactory(email="olga@ops.example", name="Olga", is_staff=True)
    event = record_event(
        EventType.MEMBER_ADDED, by=Actor.operator(request), workspace=workspace, subject_id="a@b", subject_name="A"
    )
    event.refresh_from_db()
    assert (event.actor_type, event.actor_name, event.actor_label) == ("operator", "olga@ops.example", "Olga")
    assert (event.ip_address, event.client, event.request_id) == ("2001:db8::7", "Firefox", "edge-1234")
    assert event.workspace_slug == "acme"
    assert event.changes == {}
    assert str(event) == "member.added A"


def test_differences_are_the_fields_with_another_value():
    assert differences({"a": 1, "b": None, "c": 3}, {"a": 1, "b": 2, "c": None}) == {"b": (None, 2), "c": (3, None)}
    assert json.dumps(differences({}, {})) == "{}"


@pytest.mark.parametrize("address", ["", "unix:", "not an address", "1.2.3.4:80"])
def test_malformed_ip_address_is_left_out(rf, address):
    assert request_details(rf.get("/", REMOTE_ADDR=address))["ip_address"] is None


def test_actor_without_a_request_has_no_request_details():
    assert request_details(None) == {"ip_address": None, "client": "", "request_id": ""}


def test_every_event_type_fits_its_column_and_has_a_label():
    assert all(len(event_type) <= 40 and event_type.label for event_type in EventType)
