from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from access_tokens import token_format
from access_tokens.authentication.request_auth import Principal, Rejection, authenticate
from access_tokens.models import AccessToken
from access_tokens.operations import MAX_OVERLAP, EditConflict, create, disable, edit, enable, end_rotation, rotate
from tests.access_tokens.operations.common import (
    assert_no_secret_in_events,
    assert_not_allowed,
    assert_requires,
    only_event,
    unchanged,
)
from tests.factories import (
    IssuedToken,
    WorkspaceFactory,
    all_roles_except,
    expired,
    make_token,
    member_actor,
    token_actor,
)
from tests.roles import EACH_ROLE
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType
from workspaces.models import CopyPolicy
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_OVERLAP = timedelta(0)


@pytest.fixture
def previous(acme):
    """A token before its rotation."""
    return make_token(acme, Role.TEAM_MEMBER, label="CI", expires_at=timezone.now() + 30 * DAY)


def overlap_end(token):
    assert token.previous_secret_expires_at
    return token.previous_secret_expires_at


def authenticates(plaintext):
    return isinstance(authenticate(f"Bearer {plaintext}"), Principal)


def secret_expires_at(plaintext):
    """Return when the secret of an authenticated request expires."""
    principal = authenticate(f"Bearer {plaintext}")
    assert isinstance(principal, Principal)
    return principal.previous_secret_expires_at


def at(instant):
    return time_machine.travel(instant, tick=False)


# Secrets


def test_rotation_changes_only_the_secret(owner, previous):
    token, plaintext = rotate(previous.row, by=owner, overlap=NO_OVERLAP)
    fields = ("pk", "key_id", "label", "scope", "expires_at", "created_at", "creator_email", "token_id")
    assert [getattr(token, field) for field in fields] == [getattr(previous.row, field) for field in fields]
    assert token_format.parse_key_id(plaintext) == previous.row.key_id
    assert plaintext[15:58] != previous.plaintext[15:58]
    assert authenticates(plaintext)


def test_previous_secret_stops_at_once_without_an_overlap(owner, previous):
    rotate(previous.row, by=owner, overlap=NO_OVERLAP)
    rejection = authenticate(f"Bearer {previous.plaintext}")
    assert isinstance(rejection, Rejection)
    assert rejection.detail == "This access token is not valid."
    assert AccessToken.objects.get().previous_secret_digest is None


def test_encrypted_copy_is_replaced(owner, previous):
    rotated = rotate(previous.row, by=owner, overlap=HOUR)
    assert AccessToken.objects.get().decrypt_copy() == rotated.plaintext


def test_copy_policy_show_once_stores_no_encrypted_copy():
    workspace = WorkspaceFactory(copy_policy=CopyPolicy.SHOW_ONCE)
    token = make_token(workspace, has_encrypted_copy=False).row
    rotate(token, by=member_actor(workspace), overlap=HOUR)
    assert AccessToken.objects.get().encrypted_copy is None


# Events


def test_events_have_the_expiry_of_the_previous_secret_and_no_secret(owner, previous):
    rotated = rotate(previous.row, by=owner, overlap=DAY)
    expiry = overlap_end(rotated.token).isoformat()
    event = only_event()
    assert (event.event_type, event.subject_id) == (EventType.TOKEN_ROTATED, previous.row.token_id)
    assert event.changes == {"previous_secret_expires_at": [None, expiry]}
    end_rotation(rotated.token, by=owner)
    event = rotated.token.workspace.events.latest("pk")
    assert event.event_type == EventType.TOKEN_ROTATION_ENDED
    assert event.changes["previous_secret_expires_at"][0] == expiry
    assert_no_secret_in_events(previous)
    assert_no_secret_in_events(IssuedToken(*rotated))


# Overlap period


def test_both_secrets_work_during_the_overlap_period(owner, previous):
    now = timezone.now()
    with at(now):
        rotated = rotate(previous.row, by=owner, overlap=HOUR)
    expiry = overlap_end(rotated.token)
    assert now + HOUR <= expiry <= now + HOUR + timedelta(seconds=1)
    with at(expiry - timedelta(seconds=1)):
        assert secret_expires_at(previous.plaintext) == expiry
        assert secret_expires_at(rotated.plaintext) is None
    with at(expiry):
        assert not authenticates(previous.plaintext)
        assert authenticates(rotated.plaintext)


def test_overlap_period_ends_when_the_token_expires(acme, owner):
    previous = make_token(acme, expires_at=(timezone.now() + HOUR).replace(microsecond=0))
    rotated = rotate(previous.row, by=owner, overlap=DAY)
    assert rotated.token.previous_secret_expires_at == previous.row.expires_at
    with at(previous.row.expires_at):
        assert not authenticates(previous.plaintext)
        assert not authenticates(rotated.plaintext)


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), MAX_OVERLAP + timedelta(seconds=1)])
def test_overlap_out_of_bounds_is_rejected(owner, previous, overlap):
    with unchanged(), pytest.raises(ValueError, match="7 days"):
        rotate(previous.row, by=owner, overlap=overlap)


def test_token_can_not_be_rotated_during_the_overlap_period(owner, previous):
    rotate(previous.row, by=owner, overlap=HOUR)
    with unchanged(), pytest.raises(Conflict, match="still works"):
        rotate(previous.row, by=owner, overlap=HOUR)
    with at(timezone.now() + 2 * HOUR):
        assert rotate(previous.row, by=owner, overlap=HOUR)


def test_rotation_of_an_outdated_version_is_a_conflict(owner, previous):
    rotate(previous.row, by=owner, overlap=NO_OVERLAP, version=1)
    with unchanged(), pytest.raises(EditConflict):
        rotate(previous.row, by=owner, overlap=NO_OVERLAP, version=1)


@pytest.mark.parametrize(
    "fields",
    [{"disabled_at": timezone.now()}, expired(), {"scope": Role.TEAM_MEMBER}],
    ids=["disabled", "expired", "scope unavailable"],
)
def test_token_that_is_not_active_can_not_be_rotated(fields):
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    token = make_token(workspace, **fields).row
    with unchanged(), pytest.raises(Conflict, match="Only active"):
        rotate(token, by=member_actor(workspace), overlap=HOUR)


def test_overlap_period_can_be_ended_early(owner, previous):
    rotated = rotate(previous.row, by=owner, overlap=DAY)
    end_rotation(rotated.token, by=owner)
    assert not authenticates(previous.plaintext)
    assert authenticates(rotated.plaintext)
    assert AccessToken.objects.get().previous_secret_digest is None
    with unchanged():
        end_rotation(rotated.token, by=owner)


def test_disabled_token_has_no_previous_secret_when_it_is_enabled(owner, previous):
    rotated = rotate(previous.row, by=owner, overlap=DAY)
    disable(rotated.token, by=owner)
    assert not authenticates(previous.plaintext)
    assert not authenticates(rotated.plaintext)
    enable(rotated.token, by=owner)
    assert not authenticates(previous.plaintext)
    assert authenticates(rotated.plaintext)


def test_editing_does_not_end_the_overlap_period(owner, previous):
    rotated = rotate(previous.row, by=owner, overlap=DAY)
    edit(rotated.token, by=owner, label="Other")
    assert authenticates(previous.plaintext)


# Permissions


@EACH_ROLE
def test_rotation_requires_administrator(acme, role):
    token = make_token(acme).row
    assert_requires(Permission.ROTATE_TOKENS, role, rotate, token, by=member_actor(acme, role), overlap=HOUR)


@EACH_ROLE
def test_ending_a_rotation_requires_administrator(acme, owner, role):
    token = rotate(make_token(acme).row, by=owner, overlap=HOUR).token
    assert_requires(Permission.ROTATE_TOKENS, role, end_rotation, token, by=member_actor(acme, role))


def test_rotation_requires_a_role_at_least_as_high_as_the_scope(acme):
    by = member_actor(acme, Role.ADMINISTRATOR)
    assert_not_allowed(rotate, make_token(acme, Role.OWNER).row, by=by, overlap=HOUR, required_role=Role.OWNER)


@EACH_ROLE
def test_token_of_any_scope_can_rotate_itself(acme, role):
    previous = make_token(acme, role)
    rotated = rotate(previous.row, by=token_actor(previous.row), overlap=HOUR)
    assert authenticates(previous.plaintext)
    end_rotation(rotated.token, by=token_actor(previous.row))
    assert not authenticates(previous.plaintext)


def test_acting_token_can_not_rotate_a_token_that_outlives_it(acme):
    by = token_actor(make_token(acme, Role.OWNER, expires_at=timezone.now() + DAY).row)
    assert_not_allowed(rotate, make_token(acme).row, by=by, overlap=HOUR, required_role=None)


def test_request_with_a_secret_that_was_replaced_in_the_meantime_is_rejected(acme, owner):
    token = make_token(acme, Role.OWNER).row
    by = token_actor(token)
    rotate(token, by=owner, overlap=NO_OVERLAP)
    with unchanged(), pytest.raises(NotAllowed, match="stopped working"):
        rotate(token, by=by, overlap=NO_OVERLAP)
    with unchanged(), pytest.raises(NotAllowed, match="stopped working"):
        create(acme, label="Mine", scope=Role.OWNER, by=by, expires_at=None)


def test_request_with_the_previous_secret_is_accepted_until_the_overlap_period_ends(acme, owner):
    token = make_token(acme, Role.OWNER).row
    by = token_actor(token)
    rotated = rotate(token, by=owner, overlap=HOUR).token
    edit(token, by=by, label="Mine")
    end_rotation(rotated, by=owner)
    with pytest.raises(NotAllowed):
        edit(token, by=by, label="Still mine")
