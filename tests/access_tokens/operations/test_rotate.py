from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from access_tokens import key_rings, token_crypto, token_format
from access_tokens.authentication.request_auth import Principal, Rejection, authenticate
from access_tokens.models import AccessToken
from access_tokens.operations import MAX_OVERLAP, EditConflict, create, disable, edit, enable, end_rotation, rotate
from tests.access_tokens.operations.common import (
    ROLES,
    Unchanged,
    assert_needs,
    assert_no_secret_in_events,
    assert_refused,
    only_event,
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
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType
from workspaces.models import CopyPolicy
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING = timedelta(0)


@pytest.fixture
def acme():
    return WorkspaceFactory()


@pytest.fixture
def owner(acme):
    return member_actor(acme)


@pytest.fixture
def old(acme):
    return make_token(acme, Role.TEAM_MEMBER, label="CI", expires_at=timezone.now() + 30 * DAY)


def opens(plaintext) -> bool:
    return isinstance(authenticate(f"Bearer {plaintext}"), Principal)


def end_of(token: AccessToken) -> datetime:
    assert token.previous_secret_expires_at
    return token.previous_secret_expires_at


def known_end(plaintext) -> datetime | None:
    """When the secret of this token ends, as it is known when it comes with a call."""
    principal = authenticate(f"Bearer {plaintext}")
    assert isinstance(principal, Principal)
    return principal.previous_secret_expires_at


def at(moment):
    return time_machine.travel(moment, tick=False)


# The new secret


def test_the_row_stays_and_its_secret_is_another_one(acme, owner, old):
    rotated = rotate(old.row, by=owner, overlap=NOTHING)
    kept = ("pk", "key_id", "label", "scope", "expires_at", "created_at", "creator_email", "token_id")
    assert [getattr(rotated.token, name) for name in kept] == [getattr(old.row, name) for name in kept]
    assert token_format.parse_key_id(rotated.plaintext) == old.row.key_id
    assert rotated.plaintext[15:58] != old.plaintext[15:58]
    assert opens(rotated.plaintext)


def test_without_an_overlap_the_old_secret_stops_at_once(owner, old):
    rotate(old.row, by=owner, overlap=NOTHING)
    refused = authenticate(f"Bearer {old.plaintext}")
    assert isinstance(refused, Rejection)
    assert refused.detail == "This access token is not valid."
    assert AccessToken.objects.get().previous_secret_digest is None


def test_the_new_secret_is_sealed_and_the_old_copy_is_gone(owner, old):
    rotated = rotate(old.row, by=owner, overlap=HOUR)
    row = AccessToken.objects.get()
    assert row.stored_ciphertext
    opened = token_crypto.decrypt(
        row.stored_ciphertext, context=row.encryption_context, keys=key_rings.encryption_keys()
    )
    assert opened == rotated.plaintext


def test_nothing_is_sealed_where_tokens_are_shown_once():
    workspace = WorkspaceFactory(copy_policy=CopyPolicy.SHOW_ONCE)
    old = make_token(workspace, is_sealed=False)
    rotate(old.row, by=member_actor(workspace), overlap=HOUR)
    assert AccessToken.objects.get().stored_ciphertext is None


def test_the_event_tells_when_the_old_secret_ends_and_no_secret(owner, old):
    rotated = rotate(old.row, by=owner, overlap=DAY)
    event = only_event()
    end = end_of(rotated.token).isoformat()
    assert (event.event_type, event.subject_id) == (EventType.TOKEN_ROTATED, old.row.token_id)
    assert event.changes == {"previous_secret_expires_at": [None, end]}
    assert_no_secret_in_events(old)
    assert_no_secret_in_events(IssuedToken(rotated.token, rotated.plaintext))


# The overlap


def test_for_so_long_both_secrets_work_and_the_old_one_is_known_as_such(owner, old):
    now = timezone.now()
    with at(now):
        rotated = rotate(old.row, by=owner, overlap=HOUR)
    end = end_of(rotated.token)
    assert now + HOUR <= end <= now + HOUR + timedelta(seconds=1)
    with at(end - timedelta(seconds=1)):
        assert known_end(old.plaintext) == end
        assert known_end(rotated.plaintext) is None
    with at(end):
        assert not opens(old.plaintext)
        assert opens(rotated.plaintext)


def test_the_overlap_ends_with_the_token(acme, owner):
    old = make_token(acme, expires_at=(timezone.now() + HOUR).replace(microsecond=0))
    rotated = rotate(old.row, by=owner, overlap=DAY)
    assert rotated.token.previous_secret_expires_at == old.row.expires_at
    with at(old.row.expires_at):
        assert not opens(old.plaintext)
        assert not opens(rotated.plaintext)


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), MAX_OVERLAP + timedelta(seconds=1)])
def test_an_overlap_out_of_bounds_is_refused(owner, old, overlap):
    with Unchanged(), pytest.raises(ValueError, match="7 days"):
        rotate(old.row, by=owner, overlap=overlap)


def test_one_rotation_at_a_time(owner, old):
    rotate(old.row, by=owner, overlap=HOUR)
    with Unchanged(), pytest.raises(Conflict, match="still works"):
        rotate(old.row, by=owner, overlap=HOUR)
    with at(timezone.now() + 2 * HOUR):
        assert rotate(old.row, by=owner, overlap=HOUR)


def test_who_has_seen_an_older_version_is_told(owner, old):
    rotate(old.row, by=owner, overlap=NOTHING, version=1)
    with Unchanged(), pytest.raises(EditConflict):
        rotate(old.row, by=owner, overlap=NOTHING, version=1)


# What ends both


def test_disabling_ends_both_and_enabling_brings_only_the_new_one_back(owner, old):
    rotated = rotate(old.row, by=owner, overlap=DAY)
    disable(rotated.token, by=owner)
    assert not opens(old.plaintext)
    assert not opens(rotated.plaintext)
    enable(rotated.token, by=owner)
    assert not opens(old.plaintext)
    assert opens(rotated.plaintext)


def test_deleting_ends_both(owner, old):
    rotated = rotate(old.row, by=owner, overlap=DAY)
    rotated.token.delete()
    assert not opens(old.plaintext)
    assert not opens(rotated.plaintext)


def test_the_overlap_can_be_ended_early_and_twice(owner, old):
    rotated = rotate(old.row, by=owner, overlap=DAY)
    end_rotation(rotated.token, by=owner)
    assert not opens(old.plaintext)
    assert opens(rotated.plaintext)
    assert AccessToken.objects.get().previous_secret_digest is None
    with Unchanged():
        end_rotation(rotated.token, by=owner)


def test_an_edit_leaves_the_overlap_alone(owner, old):
    rotated = rotate(old.row, by=owner, overlap=DAY)
    edit(rotated.token, by=owner, label="Other")
    assert opens(old.plaintext)


# Who may


@ROLES
def test_who_may_rotate(acme, role):
    token = make_token(acme).row
    assert_needs(Permission.ROTATE_TOKENS, role, rotate, token, by=member_actor(acme, role), overlap=HOUR)


@ROLES
def test_who_may_end_a_rotation(acme, owner, role):
    token = rotate(make_token(acme).row, by=owner, overlap=HOUR).token
    assert_needs(Permission.ROTATE_TOKENS, role, end_rotation, token, by=member_actor(acme, role))


def test_nobody_rotates_a_token_above_their_role(acme):
    token = make_token(acme, Role.OWNER).row
    by = member_actor(acme, Role.ADMINISTRATOR)
    assert_refused(rotate, token, by=by, overlap=HOUR, required_role=Role.OWNER)


@ROLES
def test_a_token_may_rotate_itself_whatever_its_scope(acme, role):
    me = make_token(acme, role)
    rotated = rotate(me.row, by=token_actor(me.row), overlap=HOUR)
    assert opens(me.plaintext)
    end_rotation(rotated.token, by=token_actor(me.row))
    assert not opens(me.plaintext)


def test_whose_secret_was_replaced_meanwhile_acts_no_more(acme, owner):
    """The call came in with the old secret, and a rotation ended it before the call took the lock."""
    me = make_token(acme, Role.OWNER)
    by = token_actor(me.row)
    rotate(me.row, by=owner, overlap=NOTHING)
    for act in (
        lambda: rotate(me.row, by=by, overlap=NOTHING),
        lambda: create(acme, label="Mine", scope=Role.OWNER, by=by, expires_at=None),
    ):
        with Unchanged(), pytest.raises(NotAllowed, match="stopped working"):
            act()


def test_whose_secret_is_the_old_one_acts_until_it_ends(acme, owner):
    me = make_token(acme, Role.OWNER)
    by = token_actor(me.row)
    rotated = rotate(me.row, by=owner, overlap=HOUR).token
    edit(me.row, by=by, label="Mine")
    end_rotation(rotated, by=owner)
    with pytest.raises(NotAllowed):
        edit(me.row, by=by, label="Still mine")


def test_a_token_takes_no_secret_of_one_that_lives_longer(acme):
    short = make_token(acme, Role.OWNER, expires_at=timezone.now() + DAY).row
    assert_refused(rotate, make_token(acme).row, by=token_actor(short), overlap=HOUR, required_role=None)


@pytest.mark.parametrize(
    "state",
    [{"disabled_at": timezone.now()}, expired(), {"scope": Role.TEAM_MEMBER}],
    ids=["disabled", "expired", "scope off"],
)
def test_only_an_active_token_is_rotated(state):
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    token = make_token(workspace, **state).row
    with Unchanged(), pytest.raises(Conflict, match="Only active"):
        rotate(token, by=member_actor(workspace), overlap=HOUR)


def test_both_kinds_of_events_are_told(owner, old):
    token = rotate(old.row, by=owner, overlap=DAY).token
    until = end_of(token).isoformat()
    end_rotation(token, by=owner)
    told = list(token.workspace.events.order_by("pk").values_list("event_type", "changes"))
    assert [kind for kind, _ in told] == [EventType.TOKEN_ROTATED, EventType.TOKEN_ROTATION_ENDED]
    assert told[1][1]["previous_secret_expires_at"][0] == until
