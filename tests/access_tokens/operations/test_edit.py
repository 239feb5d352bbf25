from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from access_tokens.models import AccessToken
from access_tokens.operations import edit
from tests.access_tokens.operations.common import (
    ROLES,
    Unchanged,
    assert_needs,
    assert_no_secret_in_events,
    assert_refused,
    only_event,
)
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token, member_actor, token_actor
from workspaces.events import EventType
from workspaces.models import Event
from workspaces.permissions import Permission, Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
DAY = timedelta(days=1)


@pytest.fixture
def acme():
    return WorkspaceFactory()


@pytest.fixture
def owner(acme):
    return member_actor(acme)


def change(token, by, **changes):
    present = {"label": token.label, "scope": token.scope, "expires_at": token.expires_at}
    return edit(token, by=by, **{**present, **changes})


def test_it_changes_label_scope_and_expiry_and_tells_what_was_before(acme, owner):
    end = timezone.now().replace(microsecond=0) + DAY
    made = make_token(acme, label="Old")
    token = change(made.row, owner, label=" New ", scope=Role.TEAM_MEMBER, expires_at=end)
    token.refresh_from_db()
    assert (token.label, token.scope, token.expires_at) == ("New", Role.TEAM_MEMBER, end)
    event = only_event()
    assert (event.event_type, event.subject_id) == (EventType.TOKEN_EDITED, token.token_id)
    assert event.changes == {
        "label": ["Old", "New"],
        "scope": ["viewer", "team_member"],
        "expires_at": [None, end.isoformat(timespec="seconds")],
    }
    assert_no_secret_in_events(made)


def test_only_what_changed_is_told(acme, owner):
    change(make_token(acme, label="Old").row, owner, label="New")
    assert only_event().changes == {"label": ["Old", "New"]}


def test_no_change_is_no_event(acme, owner):
    token = make_token(acme, expires_at=timezone.now() + DAY).row
    with Unchanged():
        change(token, owner)


def test_everything_else_stays(acme, owner):
    token = make_token(acme, last_used_at=timezone.now(), use_count=7).row
    before = AccessToken.objects.values().get()
    change(token, owner, label="New")
    assert AccessToken.objects.values().get() == {**before, "label": "New", "version": 2}


def test_an_answer_says_what_is_in_the_row(acme, owner):
    """Events tell of whole seconds; an expiry that moves by less is still what was asked for, or is not answered."""
    end = timezone.now().replace(microsecond=0) + DAY
    token = make_token(acme, expires_at=end).row
    edited = change(token, owner, expires_at=end + timedelta(microseconds=5))
    assert edited.expires_at == AccessToken.objects.get().expires_at


# Who may


@ROLES
def test_it_needs_a_workspace_manager(acme, role):
    token = make_token(acme).row
    assert_needs(Permission.EDIT_TOKENS, role, change, token, member_actor(acme, role), label="New")


@ROLES
@pytest.mark.parametrize("scope", Role, ids=lambda role: role.api_name)
@pytest.mark.parametrize("direction", ["from", "to"])
@pytest.mark.parametrize("face", ["member", "token"])
def test_nobody_edits_a_token_above_them_or_lifts_one_there(acme, face, direction, role, scope):
    by = member_actor(acme, role) if face == "member" else token_actor(make_token(acme, role).row)
    before, after = (scope, Role.VIEWER) if direction == "from" else (Role.VIEWER, scope)
    token = make_token(acme, before).row
    if role < Role.WORKSPACE_MANAGER:
        assert_refused(change, token, by, scope=after, required_role=Role.WORKSPACE_MANAGER)
    elif scope > role:
        assert_refused(change, token, by, scope=after, required_role=scope)
    else:
        assert change(token, by, scope=after).scope == after


def test_the_row_is_judged_not_what_the_caller_read_before(acme):
    """Somebody lifted its scope meanwhile."""
    token = make_token(acme).row
    AccessToken.objects.update(scope=Role.OWNER)
    by = member_actor(acme, Role.ADMINISTRATOR)
    assert_refused(edit, token, by=by, label="New", scope=Role.VIEWER, expires_at=None, required_role=Role.OWNER)


def test_a_token_that_went_meanwhile_is_gone(acme, owner):
    token = make_token(acme).row
    AccessToken.objects.all().delete()
    with pytest.raises(AccessToken.DoesNotExist):
        change(token, owner, label="New")


def test_nobody_edits_another_workspaces_tokens(acme):
    stranger = member_actor(WorkspaceFactory())
    assert_refused(change, make_token(acme).row, stranger, label="New", required_role=Role.WORKSPACE_MANAGER)


# ExpiryRange


def test_an_expired_token_may_be_given_a_later_expiry_and_works_again(acme, owner):
    token = make_token(acme, **expired()).row
    assert change(token, owner, expires_at=timezone.now() + DAY).is_active


def test_an_expired_token_may_keep_its_expiry_while_its_label_changes(acme, owner):
    token = make_token(acme, **expired()).row
    assert change(token, owner, label="New").label == "New"


def test_an_expiry_is_not_moved_into_the_past(acme, owner):
    token = make_token(acme).row
    with Unchanged(), pytest.raises(ValidationError) as refused:
        change(token, owner, expires_at=timezone.now() - DAY)
    assert list(refused.value.message_dict) == ["expires_at"]


@pytest.mark.parametrize("present", [None, 3 * DAY, timedelta(hours=1)], ids=["never", "later", "sooner"])
@pytest.mark.parametrize("wanted", [None, 2 * DAY, 4 * DAY], ids=["never", "two days", "four days"])
def test_a_token_gives_no_longer_life_than_its_own(acme, present, wanted):
    """It may shorten another's life, even to one that is longer than its own."""
    now = timezone.now().replace(microsecond=0)
    by = token_actor(make_token(acme, Role.OWNER, expires_at=now + DAY).row)
    token = make_token(acme, expires_at=present and now + present).row
    is_longer = present is not None and (wanted is None or wanted > present)
    if is_longer:
        assert_refused(change, token, by, expires_at=wanted and now + wanted, required_role=None)
    else:
        assert change(token, by, expires_at=wanted and now + wanted)


def test_a_token_does_not_lengthen_its_own_life(acme):
    itself = make_token(acme, Role.OWNER, expires_at=timezone.now() + DAY).row
    assert_refused(change, itself, token_actor(itself), expires_at=None, required_role=None)
    assert_refused(change, itself, token_actor(itself), expires_at=timezone.now() + 2 * DAY, required_role=None)


# Scope


def test_a_scope_that_is_off_may_be_kept_but_not_newly_given():
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    owner = member_actor(workspace)
    kept = make_token(workspace, Role.TEAM_MEMBER).row
    assert change(kept, owner, label="New").label == "New"
    assert Event.objects.count() == 1
    other = make_token(workspace).row
    with Unchanged(), pytest.raises(ValidationError, match="switched off"):
        change(other, owner, scope=Role.TEAM_MEMBER)
