import pytest

from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.models import AccessToken
from access_tokens.operations import set_copy_policy
from tests.access_tokens.operations.common import ROLES, assert_needs, assert_refused, only_event
from tests.factories import WorkspaceFactory, make_token, member_actor
from workspaces.events import EventType
from workspaces.models import CopyPolicy, Event
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return WorkspaceFactory()


def test_show_once_destroys_the_sealed_copies_of_this_workspace_alone(acme):
    mine = [make_token(acme), make_token(acme)]
    make_token(acme, is_sealed=False)
    theirs = make_token().row
    assert set_copy_policy(acme, CopyPolicy.SHOW_ONCE, by=member_actor(acme)) == 2
    assert not acme.access_tokens.exclude(encrypted_copy=None).exists()
    assert not acme.access_tokens.exclude(encryption_key_id="").exists()
    theirs.refresh_from_db()
    assert theirs.stored_ciphertext
    assert isinstance(authenticate(f"Bearer {mine[0].plaintext}"), Principal)
    acme.refresh_from_db()
    assert not acme.keeps_encrypted_copies


def test_the_event_tells_the_policy_and_how_many_copies_went(acme):
    made = make_token(acme)
    set_copy_policy(acme, CopyPolicy.SHOW_ONCE, by=member_actor(acme))
    event = only_event()
    assert (event.event_type, event.subject_id, event.subject_name) == (
        EventType.COPY_POLICY_CHANGED,
        acme.slug,
        acme.name,
    )
    assert event.changes == {"copy_policy": ["encrypted", "show_once"], "encrypted_copies": [1, 0]}
    assert made.secret not in str(event.changes)


def test_back_to_sealed_brings_no_copy_back(acme):
    make_token(acme)
    by = member_actor(acme)
    set_copy_policy(acme, CopyPolicy.SHOW_ONCE, by=by)
    assert set_copy_policy(acme, CopyPolicy.ENCRYPTED, by=by) == 0
    assert AccessToken.objects.get().encrypted_copy is None
    assert Event.objects.latest("pk").changes == {"copy_policy": ["show_once", "encrypted"]}


def test_the_policy_that_is_there_already_is_no_change(acme):
    make_token(acme)
    assert set_copy_policy(acme, CopyPolicy.ENCRYPTED, by=member_actor(acme)) == 0
    assert AccessToken.objects.get().encrypted_copy
    assert not Event.objects.exists()


@ROLES
def test_it_needs_an_owner(acme, role):
    make_token(acme)
    by = member_actor(acme, role)
    assert_needs(Permission.SET_COPY_POLICY, role, set_copy_policy, acme, CopyPolicy.SHOW_ONCE, by=by)
    assert bool(AccessToken.objects.get().encrypted_copy) == (role < Role.OWNER)


def test_another_workspaces_owner_is_refused(acme):
    by = member_actor(WorkspaceFactory())
    assert_refused(set_copy_policy, acme, CopyPolicy.SHOW_ONCE, by=by, required_role=Role.OWNER)
