"""Owners bound how long tokens may live: what holds for new expiries, and what becomes of longer ones."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access_tokens.expiry_policy import ExpiryPolicy
from access_tokens.models import AccessToken
from access_tokens.operations import create, edit, enable, rotate, set_expiry_policy
from access_tokens.operations.fields import format_expiry
from tests.access_tokens.operations.common import ROLES, Unchanged, assert_needs, assert_refused, only_event
from tests.factories import AccessTokenFactory, WorkspaceFactory, make_token, member_actor, token_actor
from workspaces.events import EventType
from workspaces.models import Event
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def acme():
    return WorkspaceFactory()


@pytest.fixture
def bounded():
    """A workspace whose tokens live for 30 days at most."""
    return WorkspaceFactory(max_lifetime_days=30, non_expiring_allowed=False)


@pytest.fixture
def owner(acme):
    return member_actor(acme)


def in_days(days):
    return timezone.now().replace(microsecond=0) + days * DAY


def latest(workspace):
    workspace.refresh_from_db()
    return ExpiryPolicy.for_workspace(workspace).max_expires_at()


def test_the_event_tells_each_rule_before_and_after(acme, owner):
    assert set_expiry_policy(acme, by=owner, max_lifetime_days=90, default_expiry="1w") == 0
    acme.refresh_from_db()
    assert ExpiryPolicy.for_workspace(acme) == ExpiryPolicy(90, False, "1w")
    event = only_event()
    assert (event.event_type, event.subject_id) == (EventType.EXPIRY_POLICY_CHANGED, acme.slug)
    assert event.changes == {
        "max_lifetime_days": [None, 90],
        "non_expiring_allowed": [True, False],
        "default_expiry": ["1m", "1w"],
    }


def test_the_policy_that_is_there_already_is_no_change(acme, owner):
    set_expiry_policy(acme, by=owner, non_expiring_allowed=True, default_expiry="1m")
    assert not Event.objects.exists()


def test_longer_lived_tokens_are_let_live(acme, owner):
    token = make_token(acme).row
    set_expiry_policy(acme, by=owner, max_lifetime_days=30)
    before = token.version
    token.refresh_from_db()
    assert (token.expires_at, token.version, token.is_active) == (None, before, True)


def test_or_they_are_cut_with_an_event_each_and_none_stops_at_once(acme, owner):
    never, off = make_token(acme).row, make_token(acme, disabled_at=timezone.now()).row
    far = make_token(acme, expires_at=in_days(400)).row
    near, elsewhere = make_token(acme, expires_at=in_days(29)).row, make_token().row
    assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True, max_lifetime_days=30) == 3
    end = latest(acme)
    for token in (never, off, far):
        version, before = token.version, token.expires_at
        token.refresh_from_db()
        assert (token.expires_at, token.version) == (end, version + 1)
        event = Event.objects.get(subject_id=token.token_id)
        assert (event.event_type, event.actor_name) == (EventType.TOKEN_EDITED, owner.name)
        assert event.changes == {"expires_at": [format_expiry(before), format_expiry(end)]}
    assert never.is_active
    assert Event.objects.get(event_type=EventType.EXPIRY_POLICY_CHANGED).changes["tokens_exceeding_policy"] == [3, 0]
    for token in (near, elsewhere):
        before = token.expires_at
        token.refresh_from_db()
        assert (token.expires_at, token.version) == (before, 1)


def test_what_was_let_live_can_be_cut_later(acme, owner):
    make_token(acme)
    set_expiry_policy(acme, by=owner, max_lifetime_days=30)
    assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True) == 1
    assert Event.objects.latest("pk").changes == {"tokens_exceeding_policy": [1, 0]}


def test_without_a_longest_lifetime_they_are_cut_to_the_default(acme, owner):
    token = make_token(acme).row
    assert (
        set_expiry_policy(acme, by=owner, cap_existing_tokens=True, non_expiring_allowed=False, default_expiry="1w")
        == 1
    )
    token.refresh_from_db()
    assert abs(token.expires_at - in_days(7)) < timedelta(minutes=1)


@pytest.mark.parametrize("number", [3, 300])
def test_cutting_many_costs_as_much_as_cutting_few(acme, owner, number):
    AccessToken.objects.bulk_create(AccessTokenFactory.build_batch(number, workspace=acme, creator=owner.user))
    with CaptureQueriesContext(connection) as queries:
        assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True, max_lifetime_days=30) == number
    assert len(queries) == 10


def test_what_can_not_be_changes_nothing(acme, owner):
    make_token(acme)
    with Unchanged(), pytest.raises(ValidationError):
        set_expiry_policy(acme, by=owner, cap_existing_tokens=True, max_lifetime_days=30, default_expiry="never")
    acme.refresh_from_db()
    assert acme.max_lifetime_days is None


@ROLES
def test_it_needs_an_owner(acme, role):
    by = member_actor(acme, role)
    assert_needs(Permission.SET_EXPIRY_POLICY, role, set_expiry_policy, acme, by=by, max_lifetime_days=30)


def test_another_workspaces_owner_is_refused(acme):
    by = member_actor(WorkspaceFactory())
    assert_refused(set_expiry_policy, acme, by=by, max_lifetime_days=30, required_role=Role.OWNER)


@pytest.mark.parametrize("expires_at", [None, in_days(32)], ids=["never", "too far"])
@pytest.mark.parametrize("is_token", [False, True], ids=["a member", "a token"])
def test_a_new_token_keeps_to_it_whoever_makes_it(bounded, expires_at, is_token):
    by = token_actor(make_token(bounded, Role.OWNER).row) if is_token else member_actor(bounded)
    with Unchanged(), pytest.raises(ValidationError) as refused:
        create(bounded, by=by, label="CI", scope=Role.VIEWER, expires_at=expires_at)
    assert list(refused.value.message_dict) == ["expires_at"]
    assert create(bounded, by=by, label="CI", scope=Role.VIEWER, expires_at=in_days(30)).token.is_active


def test_an_expiry_that_is_moved_keeps_to_it_and_one_that_is_not_stays(bounded):
    by, token = member_actor(bounded), make_token(bounded, expires_at=in_days(400)).row
    assert edit(token, by=by, label="New", expires_at=token.expires_at).label == "New"
    for expires_at in (None, in_days(399)):
        with Unchanged(), pytest.raises(ValidationError, match="Choose one within"):
            edit(token, by=by, expires_at=expires_at)
    assert edit(token, by=by, expires_at=in_days(30)).expires_at == in_days(30)


def test_a_token_without_an_end_can_be_edited_rotated_and_enabled_as_before(bounded):
    by, token = member_actor(bounded), make_token(bounded, disabled_at=timezone.now()).row
    assert enable(token, by=by).is_active
    assert edit(token, by=by, label="New").expires_at is None
    assert rotate(token, by=by, overlap=timedelta(0)).token.expires_at is None
