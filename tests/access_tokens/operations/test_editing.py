from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from access_tokens.models import AccessToken
from access_tokens.operations import EditConflict, edit
from tests.access_tokens.operations.common import (
    assert_no_secret_in_events,
    assert_not_allowed,
    assert_requires,
    only_event,
    unchanged,
)
from tests.factories import WorkspaceFactory, expired, make_token, member_actor, token_actor
from tests.roles import EACH_ROLE, EACH_SCOPE
from workspaces.events import EventType
from workspaces.permissions import Permission, Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
DAY = timedelta(days=1)


def test_edit_changes_fields_and_records_values_before_and_after(acme, owner):
    expires_at = timezone.now().replace(microsecond=0) + DAY
    issued = make_token(acme, label="Old")
    token = edit(issued.row, by=owner, label=" New ", scope=Role.TEAM_MEMBER, expires_at=expires_at)
    token.refresh_from_db()
    assert (token.label, token.scope, token.expires_at) == ("New", Role.TEAM_MEMBER, expires_at)
    event = only_event()
    assert (event.event_type, event.subject_id) == (EventType.TOKEN_EDITED, token.token_id)
    assert event.changes == {
        "label": ["Old", "New"],
        "scope": ["viewer", "team_member"],
        "expires_at": [None, expires_at.isoformat(timespec="seconds")],
    }
    assert_no_secret_in_events(issued)


def test_event_has_only_the_changed_fields(acme, owner):
    token = make_token(acme, label="Old").row
    edit(token, by=owner, label="New", scope=token.scope, expires_at=token.expires_at)
    assert only_event().changes == {"label": ["Old", "New"]}


def test_edit_without_changes_records_no_event(acme, owner):
    token = make_token(acme, expires_at=timezone.now() + DAY).row
    with unchanged():
        edit(token, by=owner, label=token.label, scope=token.scope, expires_at=token.expires_at)


def test_other_fields_stay_unchanged(acme, owner):
    token = make_token(acme, last_used_at=timezone.now(), use_count=7).row
    before = AccessToken.objects.values().get()
    edit(token, by=owner, label="New")
    assert AccessToken.objects.values().get() == {**before, "label": "New", "version": 2}


def test_fractions_of_a_second_do_not_change_an_expiry(acme, owner):
    expires_at = timezone.now().replace(microsecond=0) + DAY
    token = make_token(acme, expires_at=expires_at).row
    with unchanged():
        assert edit(token, by=owner, expires_at=expires_at + timedelta(microseconds=5)).expires_at == expires_at


def test_edit_of_an_outdated_version_is_a_conflict(acme, owner):
    token = make_token(acme).row
    edit(token, by=owner, version=1, label="First")
    with unchanged(), pytest.raises(EditConflict) as error:
        edit(token, by=owner, version=1, label="Second")
    assert (error.value.token.label, error.value.token.version) == ("First", 2)


def test_deleted_token_can_not_be_edited(acme, owner):
    token = make_token(acme).row
    AccessToken.objects.all().delete()
    with pytest.raises(AccessToken.DoesNotExist):
        edit(token, by=owner, label="New")


# Permissions


@EACH_ROLE
def test_edit_requires_workspace_manager(acme, role):
    token = make_token(acme).row
    assert_requires(Permission.EDIT_TOKENS, role, edit, token, by=member_actor(acme, role), label="New")


@EACH_ROLE
@EACH_SCOPE
@pytest.mark.parametrize("direction", ["from", "to"])
@pytest.mark.parametrize("actor", ["member", "token"])
def test_edit_requires_a_role_at_least_as_high_as_the_scope_before_and_after(acme, actor, direction, role, scope):
    by = member_actor(acme, role) if actor == "member" else token_actor(make_token(acme, role).row)
    before, after = (scope, Role.VIEWER) if direction == "from" else (Role.VIEWER, scope)
    token = make_token(acme, before).row
    if role < Role.WORKSPACE_MANAGER:
        assert_not_allowed(edit, token, by=by, scope=after, required_role=Role.WORKSPACE_MANAGER)
    elif scope > role:
        assert_not_allowed(edit, token, by=by, scope=after, required_role=scope)
    else:
        assert edit(token, by=by, scope=after).scope == after


def test_permission_depends_on_the_current_scope_of_the_token(acme):
    token = make_token(acme).row
    AccessToken.objects.update(scope=Role.OWNER)
    by = member_actor(acme, Role.ADMINISTRATOR)
    assert_not_allowed(edit, token, by=by, label="New", scope=Role.VIEWER, required_role=Role.OWNER)


def test_members_of_another_workspace_can_not_edit(acme):
    by = member_actor(WorkspaceFactory())
    assert_not_allowed(edit, make_token(acme).row, by=by, label="New", required_role=Role.WORKSPACE_MANAGER)


# Expiry


def test_expired_token_works_again_with_a_later_expiry(acme, owner):
    assert edit(make_token(acme, **expired()).row, by=owner, expires_at=timezone.now() + DAY).is_active


def test_expiry_can_not_be_moved_to_the_past(acme, owner):
    token = make_token(acme).row
    with unchanged(), pytest.raises(ValidationError) as error:
        edit(token, by=owner, expires_at=timezone.now() - DAY)
    assert list(error.value.message_dict) == ["expires_at"]


@pytest.mark.parametrize("before", [None, 3 * DAY, timedelta(hours=1)], ids=["never", "later", "sooner"])
@pytest.mark.parametrize("after", [None, 2 * DAY, 4 * DAY], ids=["never", "two days", "four days"])
def test_acting_token_can_only_extend_an_expiry_up_to_its_own(acme, before, after):
    """It can shorten any expiry, also to one that is later than its own."""
    now = timezone.now().replace(microsecond=0)
    by = token_actor(make_token(acme, Role.OWNER, expires_at=now + DAY).row)
    token = make_token(acme, expires_at=before and now + before).row
    expires_at = after and now + after
    if before is not None and (after is None or after > before):
        assert_not_allowed(edit, token, by=by, expires_at=expires_at, required_role=None)
    else:
        assert edit(token, by=by, expires_at=expires_at)


def test_acting_token_can_not_raise_the_scope_of_a_token_that_outlives_it(acme):
    by = token_actor(make_token(acme, Role.OWNER, expires_at=timezone.now() + DAY).row)
    token = make_token(acme).row
    assert_not_allowed(edit, token, by=by, scope=Role.TEAM_MEMBER, required_role=None)


def test_token_can_not_extend_its_own_expiry(acme):
    token = make_token(acme, Role.OWNER, expires_at=timezone.now() + DAY).row
    for expires_at in (None, timezone.now() + 2 * DAY):
        assert_not_allowed(edit, token, by=token_actor(token), expires_at=expires_at, required_role=None)
