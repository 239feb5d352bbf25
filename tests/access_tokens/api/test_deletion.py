"""Deleted workspaces and their tokens, until the purge."""

import time
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.utils import timezone

from access_tokens.authentication.request_auth import Principal, authenticate_token
from access_tokens.models import AccessToken, HourlyUsage
from tests.factories import (
    MembershipFactory,
    ProjectFactory,
    UserFactory,
    WorkspaceFactory,
    make_token,
    member_actor,
    token_actor,
)
from workspaces import operations, purge
from workspaces.actors import Actor
from workspaces.errors import NotAllowed, WorkspaceDeleted
from workspaces.models import Event, Membership, Project, UsedSlug, Workspace
from workspaces.operations.workspace_deletion import delete_workspace, restore_workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
ACME = "/api/v1/workspaces/acme"
BY = Actor.command("tests")


@pytest.fixture
def acme():
    return WorkspaceFactory(slug="acme", name="Acme & Co")


def url(name):
    return f"{ACME}?name={quote(name)}"


def kinds():
    return list(Event.objects.order_by("pk").values_list("event_type", flat=True))


def test_tokens_of_a_deleted_workspace_are_rejected_until_it_is_restored(api, acme):
    token = make_token(acme)
    assert api.get("/api/v1/me", token).status_code == 200
    deleted = delete_workspace(acme, by=BY)
    answer = api.get("/api/v1/me", token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert answer.json()["type"].endswith("/help/errors#workspace-deleted")
    assert f"will be purged at {deleted.purge_at:%Y-%m-%dT%H:%M:%SZ}" in answer.json()["detail"]
    restore_workspace(acme, by=BY)
    assert api.get("/api/v1/me", token).status_code == 200
    assert kinds() == ["workspace.deleted", "workspace.restored"]


def test_part_of_a_token_reveals_nothing_about_its_workspace(api, acme):
    token, other = make_token(acme), make_token()
    delete_workspace(acme, by=BY)
    half = token.plaintext[:15] + other.plaintext[15:]
    assert api.get("/api/v1/me", half).json()["type"].endswith("#invalid-token")


def test_gateways_and_services_reject_tokens_of_a_deleted_workspace(api, acme):
    token = make_token(acme)
    assert isinstance(authenticate_token(token.plaintext), Principal)
    delete_workspace(acme, by=BY)
    assert api.get("/api/v1/authorize?workspace=acme", token).status_code == 401
    assert not isinstance(authenticate_token(token.plaintext), Principal), "Introspection asks this."
    assert not AccessToken.objects.active().exists()


def test_an_owner_token_deletes_its_workspace_and_is_rejected_afterwards(api, acme, owner):
    assert api.delete(url("Acme & Co"), owner).status_code == 204
    acme.refresh_from_db()
    assert acme.deleted_at
    assert Event.objects.get().actor_name == owner.row.token_id
    assert api.delete(url("Acme & Co"), owner).status_code == 401
    with pytest.raises(NotAllowed):
        restore_workspace(acme, by=token_actor(owner.row))


@pytest.mark.parametrize(
    ("address", "status"), [(ACME, 422), (url(""), 409), (url("acme"), 409), (url("ACME & CO"), 409)]
)
def test_a_wrong_name_deletes_nothing(api, acme, owner, address, status):
    answer = api.delete(address, owner)
    assert answer.status_code == status
    if status == 409:
        assert "Send its exact name: Acme & Co" in answer.json()["detail"]
    acme.refresh_from_db()
    assert acme.deleted_at is None
    assert not Event.objects.exists()


def test_an_old_etag_deletes_nothing(api, acme, owner):
    answer = api.delete(url("Acme & Co"), owner, headers={"If-Match": '"0"'})
    assert answer.status_code == 412
    acme.refresh_from_db()
    assert acme.deleted_at is None


def test_a_deleted_workspace_can_only_be_restored(acme):
    by = member_actor(acme)
    delete_workspace(acme, by=by)
    for change in (
        lambda: operations.rename_workspace(acme, "Globex", by=by),
        lambda: operations.add_member(acme, UserFactory(), Role.VIEWER, by=BY),
        lambda: delete_workspace(acme, by=by),
    ):
        with pytest.raises(WorkspaceDeleted, match="An Owner must restore it"):
            change()
    assert restore_workspace(restore_workspace(acme, by=by), by=by).deleted_at is None
    assert kinds() == ["workspace.deleted", "workspace.restored"]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER], ids=lambda role: role.api_name)
def test_only_owners_delete_and_restore_a_workspace(acme, role):
    by = member_actor(acme, role)
    with pytest.raises(NotAllowed):
        delete_workspace(acme, by=by)
    delete_workspace(acme, by=BY)
    with pytest.raises(NotAllowed):
        restore_workspace(acme, by=by)


def fill(workspace):
    parent = make_token(workspace).row
    make_token(workspace, parent=parent)
    HourlyUsage.objects.create(token=parent, hour=int(time.time()) // 3600, requests=1)
    ProjectFactory(workspace=workspace)
    MembershipFactory(workspace=workspace)
    UsedSlug.objects.get_or_create(slug=workspace.slug)


def test_a_workspace_is_purged_after_seven_days_except_its_events_and_slug(acme, monkeypatch, capsys):
    monkeypatch.setattr(purge, "BATCH_SIZE", 1)
    stays = WorkspaceFactory(deleted_at=timezone.now() - timedelta(days=7) + timedelta(minutes=1))
    for workspace in (acme, stays, WorkspaceFactory()):
        fill(workspace)
    delete_workspace(acme, by=BY)
    Workspace.objects.filter(pk=acme.pk).update(deleted_at=timezone.now() - timedelta(days=7))
    call_command("daily")
    assert "deleted workspaces: 1 deleted" in capsys.readouterr().out
    for left in (AccessToken, Project, Membership):
        assert not left.objects.filter(workspace_id=acme.pk).exists()
        assert left.objects.filter(workspace=stays).exists()
    assert (Workspace.objects.count(), HourlyUsage.objects.count()) == (2, 2)
    assert UsedSlug.objects.filter(slug="acme").exists()
    gone = Event.objects.get(event_type="workspace.purged")
    assert (gone.workspace_slug, gone.subject_name, gone.actor_type) == ("acme", "Acme & Co", "system")
    assert Event.objects.filter(workspace_id=acme.pk).count() == 2
    assert purge.purge_workspaces() == 0


def test_a_purge_takes_few_queries_per_batch(acme, django_assert_max_num_queries):
    for _ in range(40):
        make_token(acme, has_encrypted_copy=False)
    Workspace.objects.update(deleted_at=timezone.now() - timedelta(days=8))
    with django_assert_max_num_queries(40):
        assert purge.purge_workspaces() == 1
