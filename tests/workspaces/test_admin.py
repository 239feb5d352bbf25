from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from workspaces import operations
from workspaces.actors import Actor, ActorType
from workspaces.events import EventType
from workspaces.models import Event, Membership, Workspace
from workspaces.operations.workspace_deletion import delete_workspace
from workspaces.permissions import Role

BY = Actor.command("tests")
MEMBERSHIPS = reverse("admin:workspaces_membership_changelist")
EVENTS = reverse("admin:workspaces_event_changelist")

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@pytest.fixture
def operator():
    return User.objects.create_user("olga@ops.example", is_staff=True)


@pytest.fixture
def admin_page(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def ada():
    return User.objects.create_user("ada@acme.example", name="Ada")


@pytest.fixture
def bob():
    return User.objects.create_user("bob@acme.example", name="Bob")


@pytest.fixture
def acme(ada):
    return operations.create_workspace("Acme", "acme", owner=ada, by=BY)


@pytest.fixture
def owner(acme):
    """The membership of the only Owner."""
    return Membership.objects.get(workspace=acme)


def page(view, row):
    return reverse(f"admin:workspaces_{row._meta.model_name}_{view}", args=[row.pk])


def bulk_delete(client, *memberships):
    data = {"action": "delete_selected", "post": "yes", "_selected_action": [row.pk for row in memberships]}
    return client.post(MEMBERSHIPS, data, follow=True)


def recorded_events(event_type):
    return list(
        Event.objects.filter(event_type=event_type, actor_type=ActorType.OPERATOR).values_list("subject_id", flat=True)
    )


def add_workspace(client, first_owner, **fields):
    return client.post(
        reverse("admin:workspaces_workspace_add"),
        {"name": "Globex", "slug": "globex", "owner": first_owner.pk, **fields},
    )


# Workspaces


def test_workspace_is_created_with_its_first_owner_and_events(admin_page, bob):
    assert add_workspace(admin_page, bob).status_code == 302
    membership = Membership.objects.get(workspace__slug="globex")
    assert (membership.user, membership.role) == (bob, Role.OWNER)
    event = Event.objects.get(event_type=EventType.WORKSPACE_CREATED)
    assert (event.actor_type, event.actor_name) == (ActorType.OPERATOR, "olga@ops.example")
    assert event.ip_address == "127.0.0.1"
    assert event.request_id
    assert recorded_events(EventType.MEMBER_ADDED) == ["bob@acme.example"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"slug": "Not a slug"}, "lowercase letters, digits and hyphens"),
        ({"slug": "acme"}, "already exists"),
        ({"name": "\u200b"}, "contains invisible characters"),
        ({"owner": ""}, "This field is required."),
    ],
)
def test_invalid_workspace_is_rejected_with_the_reason(admin_page, acme, bob, fields, message):
    response = add_workspace(admin_page, bob, **fields)
    assert response.status_code == 200
    assert message in response.text
    assert list(Workspace.objects.all()) == [acme]


def test_slug_of_a_deleted_workspace_is_rejected(admin_page, acme, bob):
    acme.delete()
    assert "is or was in use" in add_workspace(admin_page, bob, slug="acme").text
    assert not Workspace.objects.exists()


def test_workspace_can_be_neither_edited_nor_deleted(admin_page, acme):
    assert 'name="slug"' not in admin_page.get(page("change", acme)).text
    assert admin_page.post(page("change", acme), {"name": "Other", "slug": "other"}).status_code == 403
    assert admin_page.post(page("delete", acme), {"post": "yes"}).status_code == 403
    acme.refresh_from_db()
    assert (acme.name, acme.slug) == ("Acme", "acme")


def restore(client, *workspaces):
    data = {"action": "restore", "_selected_action": [row.pk for row in workspaces]}
    return client.post(reverse("admin:workspaces_workspace_changelist"), data, follow=True)


def test_deleted_workspace_is_shown_and_restored_with_an_event(admin_page, acme):
    delete_workspace(acme, by=BY)
    acme.refresh_from_db()
    assert f"{acme.purge_at:%Y}" in admin_page.get(page("change", acme)).text
    assert "Acme is restored." in restore(admin_page, acme).text
    acme.refresh_from_db()
    assert acme.deleted_at is None
    assert recorded_events(EventType.WORKSPACE_RESTORED) == ["acme"]


def test_workspace_past_its_restore_period_can_be_neither_restored_nor_changed(admin_page, acme, bob):
    Workspace.objects.update(deleted_at=timezone.now() - timedelta(days=7))
    assert "too long ago to be restored" in restore(admin_page, acme).text
    assert (
        "Acme is deleted. An Owner must restore it before anything in it can be changed"
        in add_member(admin_page, acme, bob, Role.VIEWER).text
    )
    assert not Membership.objects.filter(user=bob).exists()


def test_workspace_list_counts_members_and_active_owners(admin_page, acme, bob):
    gone = User.objects.create_user("gone@acme.example", is_active=False)
    operations.add_member(acme, bob, Role.VIEWER, by=BY)
    operations.add_member(acme, gone, Role.OWNER, by=BY)
    [row] = admin_page.get(reverse("admin:workspaces_workspace_changelist")).context["cl"].result_list
    assert (row.member_count, row.owner_count, row.token_count) == (3, 1, 0)


# Members


def add_member(client, workspace, user, role):
    url = reverse("admin:workspaces_membership_add")
    return client.post(url, {"workspace": workspace.pk, "user": user.pk, "role": int(role)})


def test_member_is_added_with_an_event(admin_page, acme, bob):
    assert add_member(admin_page, acme, bob, Role.ADMINISTRATOR).status_code == 302
    assert Membership.objects.get(user=bob).role == Role.ADMINISTRATOR
    assert recorded_events(EventType.MEMBER_ADDED) == ["bob@acme.example"]


def test_member_can_not_be_added_with_a_role_that_is_switched_off(admin_page, acme, bob):
    operations.set_available_roles(acme, set(Role) - {Role.VIEWER}, by=BY)
    response = add_member(admin_page, acme, bob, Role.VIEWER)
    assert "The role Viewer is switched off in Acme. An Owner can switch it on in Settings." in response.text
    assert not Membership.objects.filter(user=bob).exists()


def test_member_can_not_be_added_twice(admin_page, acme, ada):
    assert "already exists" in add_member(admin_page, acme, ada, Role.VIEWER).text
    assert Membership.objects.get(user=ada).role == Role.OWNER


def test_role_is_changed_with_an_event(admin_page, acme, bob):
    membership = operations.add_member(acme, bob, Role.VIEWER, by=BY)
    assert admin_page.post(page("change", membership), {"role": int(Role.OWNER)}).status_code == 302
    membership.refresh_from_db()
    assert membership.role == Role.OWNER
    event = Event.objects.get(event_type=EventType.MEMBER_ROLE_CHANGED)
    assert (event.actor_type, event.changes) == (ActorType.OPERATOR, {"role": ["viewer", "owner"]})


def test_user_and_workspace_of_a_membership_can_not_be_changed(admin_page, owner, bob):
    admin_page.post(page("change", owner), {"role": int(Role.OWNER), "user": bob.pk})
    owner.refresh_from_db()
    assert owner.user.email == "ada@acme.example"


def test_last_owner_is_not_demoted(admin_page, owner):
    response = admin_page.post(page("change", owner), {"role": int(Role.VIEWER)})
    assert response.status_code == 200
    assert "ada@acme.example is the last Owner of Acme. Make another member an Owner first." in response.text
    owner.refresh_from_db()
    assert owner.role == Role.OWNER
    assert not recorded_events(EventType.MEMBER_ROLE_CHANGED)
    assert not LogEntry.objects.exists()


def test_last_owner_is_not_deleted(admin_page, owner):
    response = admin_page.post(page("delete", owner), {"post": "yes"}, follow=True)
    assert "Not deleted: ada@acme.example is the last Owner of Acme." in response.text
    assert Membership.objects.filter(pk=owner.pk).exists()
    assert not recorded_events(EventType.MEMBER_REMOVED)
    assert not LogEntry.objects.exists()


def test_bulk_deletion_that_includes_the_last_owner_deletes_nobody(admin_page, acme, owner, bob):
    others = [operations.add_member(acme, bob, Role.OWNER, by=BY)]
    response = bulk_delete(admin_page, owner, *others)
    assert "Nothing was deleted: bob@acme.example is the last Owner of Acme." in response.text
    assert "Successfully deleted" not in response.text
    assert Membership.objects.count() == 2
    assert not recorded_events(EventType.MEMBER_REMOVED)
    assert not LogEntry.objects.exists()


def test_deactivated_owner_does_not_count_as_another_owner(admin_page, acme, owner, bob):
    operations.add_member(acme, bob, Role.OWNER, by=BY)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "is the last Owner" in admin_page.post(page("change", owner), {"role": int(Role.VIEWER)}).text


def test_bulk_deletion_records_an_event_for_each_member(admin_page, acme, bob):
    carol = User.objects.create_user("carol@acme.example")
    memberships = [operations.add_member(acme, user, Role.VIEWER, by=BY) for user in (bob, carol)]
    assert "Successfully deleted 2 memberships." in bulk_delete(admin_page, *memberships).text
    assert sorted(recorded_events(EventType.MEMBER_REMOVED)) == ["bob@acme.example", "carol@acme.example"]


def test_member_is_deleted_with_an_event(admin_page, acme, bob):
    membership = operations.add_member(acme, bob, Role.VIEWER, by=BY)
    assert admin_page.get(page("delete", membership)).status_code == 200
    admin_page.post(page("delete", membership), {"post": "yes"})
    assert not Membership.objects.filter(user=bob).exists()
    assert recorded_events(EventType.MEMBER_REMOVED) == ["bob@acme.example"]


def test_bulk_deletion_asks_for_confirmation(admin_page, owner):
    response = admin_page.post(MEMBERSHIPS, {"action": "delete_selected", "_selected_action": [owner.pk]})
    assert "Are you sure" in response.text
    assert Membership.objects.filter(pk=owner.pk).exists()


def test_member_list_needs_the_same_number_of_queries_for_many_members(admin_page, acme, django_assert_num_queries):
    admin_page.get(MEMBERSHIPS)
    for number in range(20):
        user = User.objects.create_user(f"user{number}@acme.example")
        operations.add_member(acme, user, Role.VIEWER, by=BY)
    with django_assert_num_queries(5):
        response = admin_page.get(MEMBERSHIPS)
    assert len(response.context["cl"].result_list) == 21


# Events


def test_events_are_read_only(admin_page, acme):
    event = Event.objects.filter(event_type=EventType.WORKSPACE_CREATED).get()
    assert admin_page.get(page("change", event)).status_code == 200
    assert admin_page.get(reverse("admin:workspaces_event_add")).status_code == 403
    assert admin_page.post(page("change", event), {"event_type": "member.added"}).status_code == 403
    assert admin_page.post(page("delete", event), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "post": "yes", "_selected_action": [event.pk]}
    admin_page.post(EVENTS, data)
    assert Event.objects.get(pk=event.pk).event_type == EventType.WORKSPACE_CREATED


def test_event_page_shows_the_changes(admin_page, acme):
    event = Event.objects.get(event_type=EventType.MEMBER_ADDED)
    assert "role: null → &quot;owner&quot;" in admin_page.get(page("change", event)).text


@pytest.mark.parametrize(
    ("query", "event_types"),
    [
        ({"event_type": "member.added"}, ["member.added", "member.added"]),
        ({"actor_type": "operator"}, ["member.added", "workspace.created"]),
        ({"actor_type": "member"}, []),
        ({"q": "olga@ops"}, ["member.added", "workspace.created"]),
        ({"q": "globex"}, ["workspace.created"]),
        (
            {"event_type": "no such type"},
            ["member.added", "workspace.created", "member.added", "workspace.created"],
        ),
    ],
)
def test_events_are_filtered_by_type_actor_and_subject(admin_page, acme, bob, query, event_types):
    add_workspace(admin_page, bob)
    assert [event.event_type for event in admin_page.get(EVENTS, query).context["cl"].result_list] == event_types


def test_events_are_filtered_by_workspace_and_outlive_it(admin_page, acme, bob):
    add_workspace(admin_page, bob)
    found = admin_page.get(EVENTS, {"workspace__id__exact": acme.pk}).context["cl"].result_list
    assert {event.workspace_slug for event in found} == {"acme"}
    pk = found[0].pk
    acme.delete()
    assert admin_page.get(EVENTS).status_code == 200
    assert "acme" in admin_page.get(reverse("admin:workspaces_event_change", args=[pk])).text


def test_history_of_a_workspace_and_of_a_member_is_the_event_log(admin_page, acme, owner):
    history = admin_page.get(page("history", acme), follow=True).context["cl"]
    assert [event.event_type for event in history.result_list] == ["member.added", "workspace.created"]
    history = admin_page.get(page("history", owner), follow=True).context["cl"]
    assert [event.event_type for event in history.result_list] == ["member.added"]
