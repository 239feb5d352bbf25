from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.expiry_policy import ExpiryPolicy
from access_tokens.models import AccessToken
from access_tokens.operations import (
    create,
    edit,
    enable,
    rotate,
    set_copy_policy,
    set_expiry_policy,
    set_rate_limit,
)
from access_tokens.operations.fields import format_expiry
from tests.access_tokens.operations.common import assert_not_allowed, assert_requires, only_event, unchanged
from tests.factories import AccessTokenFactory, WorkspaceFactory, make_token, member_actor, token_actor
from tests.roles import EACH_ROLE
from workspaces.events import EventType
from workspaces.models import CopyPolicy, Event
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def limited():
    """A workspace with a maximum lifetime of 30 days."""
    return WorkspaceFactory(max_lifetime_days=30, non_expiring_allowed=False)


def in_days(days):
    return timezone.now().replace(microsecond=0) + days * DAY


# Copy policy


def test_show_once_destroys_the_encrypted_copies_of_the_workspace(acme, owner):
    tokens = [make_token(acme), make_token(acme)]
    make_token(acme, has_encrypted_copy=False)
    other = make_token().row
    assert set_copy_policy(acme, CopyPolicy.SHOW_ONCE, by=owner) == 2
    assert not acme.access_tokens.exclude(encrypted_copy=None).exists()
    assert not acme.access_tokens.exclude(encryption_key_id="").exists()
    other.refresh_from_db()
    assert other.encrypted_copy
    assert isinstance(authenticate(f"Bearer {tokens[0].plaintext}"), Principal)
    acme.refresh_from_db()
    assert not acme.keeps_encrypted_copies


def test_copy_policy_event_has_the_number_of_destroyed_copies(acme, owner):
    token = make_token(acme)
    set_copy_policy(acme, CopyPolicy.SHOW_ONCE, by=owner)
    event = only_event()
    assert event.event_type == EventType.COPY_POLICY_CHANGED
    assert (event.subject_id, event.subject_name) == (acme.slug, acme.name)
    assert event.changes == {"copy_policy": ["encrypted", "show_once"], "encrypted_copies": [1, 0]}
    assert token.secret not in str(event.changes)


def test_encrypted_does_not_restore_destroyed_copies(acme, owner):
    make_token(acme)
    set_copy_policy(acme, CopyPolicy.SHOW_ONCE, by=owner)
    assert set_copy_policy(acme, CopyPolicy.ENCRYPTED, by=owner) == 0
    assert AccessToken.objects.get().encrypted_copy is None
    assert Event.objects.latest("pk").changes == {"copy_policy": ["show_once", "encrypted"]}


def test_same_copy_policy_changes_nothing(acme, owner):
    make_token(acme)
    with unchanged():
        assert set_copy_policy(acme, CopyPolicy.ENCRYPTED, by=owner) == 0


@EACH_ROLE
def test_copy_policy_requires_owner(acme, role):
    make_token(acme)
    by = member_actor(acme, role)
    assert_requires(Permission.SET_COPY_POLICY, role, set_copy_policy, acme, CopyPolicy.SHOW_ONCE, by=by)
    assert bool(AccessToken.objects.get().encrypted_copy) == (role < Role.OWNER)


def test_owners_of_another_workspace_can_not_set_the_copy_policy(acme):
    by = member_actor(WorkspaceFactory())
    assert_not_allowed(set_copy_policy, acme, CopyPolicy.SHOW_ONCE, by=by, required_role=Role.OWNER)


# Rate limit


def test_rate_limit_is_set_and_recorded(acme, owner):
    set_rate_limit(acme, 30, by=owner)
    acme.refresh_from_db()
    assert acme.requests_per_minute == 30
    event = only_event()
    assert event.event_type == EventType.RATE_LIMIT_CHANGED
    assert event.changes == {"requests_per_minute": [None, 30]}


def test_rate_limit_none_restores_the_operators_default(acme, owner, settings):
    settings.RATE_LIMIT = 100
    set_rate_limit(acme, 30, by=owner)
    assert set_rate_limit(acme, None, by=owner).requests_per_minute == 100


def test_same_rate_limit_records_no_event(acme, owner):
    with unchanged():
        set_rate_limit(acme, None, by=owner)


@pytest.mark.parametrize("limit", [-1, 0, 6001])
def test_rate_limit_out_of_bounds_is_rejected(acme, owner, limit):
    with unchanged(), pytest.raises(ValidationError, match="from 1 to 6000 requests per minute"):
        set_rate_limit(acme, limit, by=owner)


def test_rate_limit_is_reduced_to_a_lower_ceiling(acme, owner, settings):
    set_rate_limit(acme, 5000, by=owner)
    settings.RATE_LIMIT_CEILING = 1000
    acme.refresh_from_db()
    assert acme.requests_per_minute == 1000


@EACH_ROLE
def test_rate_limit_requires_owner(acme, role):
    assert_requires(Permission.SET_RATE_LIMIT, role, set_rate_limit, acme, 30, by=member_actor(acme, role))


# Expiry policy


def test_expiry_policy_event_has_each_field_before_and_after(acme, owner):
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


def test_same_expiry_policy_records_no_event(acme, owner):
    with unchanged():
        set_expiry_policy(acme, by=owner, non_expiring_allowed=True, default_expiry="1m")


def test_existing_tokens_keep_their_expiry_by_default(acme, owner):
    token = make_token(acme).row
    set_expiry_policy(acme, by=owner, max_lifetime_days=30)
    token.refresh_from_db()
    assert (token.expires_at, token.version, token.is_active) == (None, 1, True)


def test_existing_tokens_can_be_capped_with_an_event_for_each(acme, owner):
    non_expiring, disabled = make_token(acme).row, make_token(acme, disabled_at=timezone.now()).row
    late = make_token(acme, expires_at=in_days(400)).row
    early, other = make_token(acme, expires_at=in_days(29)).row, make_token().row
    assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True, max_lifetime_days=30) == 3
    acme.refresh_from_db()
    capped_expiry = ExpiryPolicy.for_workspace(acme).max_expires_at()
    for token in (non_expiring, disabled, late):
        before = token.expires_at
        token.refresh_from_db()
        assert (token.expires_at, token.version) == (capped_expiry, 2)
        event = Event.objects.get(subject_id=token.token_id)
        assert (event.event_type, event.actor_name) == (EventType.TOKEN_EDITED, owner.name)
        assert event.changes == {"expires_at": [format_expiry(before), format_expiry(capped_expiry)]}
    assert non_expiring.is_active
    assert Event.objects.get(event_type=EventType.EXPIRY_POLICY_CHANGED).changes["tokens_exceeding_policy"] == [3, 0]
    for token in (early, other):
        before = token.expires_at
        token.refresh_from_db()
        assert (token.expires_at, token.version) == (before, 1)


def test_existing_tokens_can_be_capped_later(acme, owner):
    make_token(acme)
    set_expiry_policy(acme, by=owner, max_lifetime_days=30)
    assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True) == 1
    assert Event.objects.latest("pk").changes == {"tokens_exceeding_policy": [1, 0]}


def test_limit_caps_the_oldest_tokens(acme, owner):
    oldest, _, _ = (make_token(acme).row for _ in range(3))
    assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True, limit=1, max_lifetime_days=30) == 1
    assert acme.access_tokens.exclude(expires_at=None).get() == oldest
    assert Event.objects.latest("pk").changes["tokens_exceeding_policy"] == [3, 2]
    assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True, limit=5) == 2


def test_tokens_are_capped_to_the_default_without_a_maximum_lifetime(acme, owner):
    token = make_token(acme).row
    set_expiry_policy(acme, by=owner, non_expiring_allowed=False, default_expiry="1w")
    assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True) == 1
    token.refresh_from_db()
    assert abs(token.expires_at - in_days(7)) < timedelta(minutes=1)


@pytest.mark.parametrize("number", [3, 300])
def test_capping_needs_the_same_number_of_queries_for_many_tokens(acme, owner, number):
    AccessToken.objects.bulk_create(AccessTokenFactory.build_batch(number, workspace=acme, creator=owner.user))
    with CaptureQueriesContext(connection) as queries:
        assert set_expiry_policy(acme, by=owner, cap_existing_tokens=True, max_lifetime_days=30) == number
    assert len(queries) == 10


def test_invalid_expiry_policy_changes_nothing(acme, owner):
    make_token(acme)
    with unchanged(), pytest.raises(ValidationError):
        set_expiry_policy(acme, by=owner, cap_existing_tokens=True, max_lifetime_days=30, default_expiry="never")
    acme.refresh_from_db()
    assert acme.max_lifetime_days is None


@EACH_ROLE
def test_expiry_policy_requires_owner(acme, role):
    by = member_actor(acme, role)
    assert_requires(Permission.SET_EXPIRY_POLICY, role, set_expiry_policy, acme, by=by, max_lifetime_days=30)


def test_owners_of_another_workspace_can_not_set_the_expiry_policy(acme):
    by = member_actor(WorkspaceFactory())
    assert_not_allowed(set_expiry_policy, acme, by=by, max_lifetime_days=30, required_role=Role.OWNER)


@pytest.mark.parametrize("days", [None, 32], ids=["never", "too late"])
@pytest.mark.parametrize("is_token", [False, True], ids=["member", "token"])
def test_new_token_must_follow_the_expiry_policy(limited, days, is_token):
    by = token_actor(make_token(limited, Role.OWNER).row) if is_token else member_actor(limited)
    with unchanged(), pytest.raises(ValidationError) as error:
        create(limited, by=by, label="CI", scope=Role.VIEWER, expires_at=days and in_days(days))
    assert list(error.value.message_dict) == ["expires_at"]
    assert create(limited, by=by, label="CI", scope=Role.VIEWER, expires_at=in_days(30)).token.is_active


def test_changed_expiry_must_follow_the_expiry_policy(limited):
    by, token = member_actor(limited), make_token(limited, expires_at=in_days(400)).row
    assert edit(token, by=by, label="New", expires_at=token.expires_at).label == "New"
    for expires_at in (None, in_days(399)):
        with unchanged(), pytest.raises(ValidationError, match="Choose one within 30 days"):
            edit(token, by=by, expires_at=expires_at)
    expires_at = in_days(30)
    assert edit(token, by=by, expires_at=expires_at).expires_at == expires_at


def test_non_expiring_token_can_be_edited_rotated_and_enabled_despite_the_expiry_policy(limited):
    by, token = member_actor(limited), make_token(limited, disabled_at=timezone.now()).row
    assert enable(token, by=by).is_active
    assert edit(token, by=by, label="New").expires_at is None
    assert rotate(token, by=by, overlap=timedelta(0)).token.expires_at is None
