import pytest
from django.utils import timezone

from access_tokens import token_crypto
from access_tokens.models import AccessToken
from access_tokens.operations import copy
from access_tokens.token_crypto import DecryptionError
from tests.access_tokens.operations.common import (
    ROLES,
    Unchanged,
    assert_needs,
    assert_no_secret_in_events,
    assert_refused,
    only_event,
)
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token, member_actor
from workspaces.errors import Conflict
from workspaces.events import EventType
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return WorkspaceFactory()


def test_it_hands_out_the_whole_token_and_tells_so(acme):
    made = make_token(acme)
    assert copy(made.row, by=member_actor(acme)) == made.plaintext
    event = only_event()
    assert (event.event_type, event.subject_id, event.changes) == (EventType.TOKEN_COPIED, made.row.token_id, {})
    assert_no_secret_in_events(made)


def test_each_copy_is_an_event(acme):
    token, by = make_token(acme).row, member_actor(acme)
    copy(token, by=by)
    copy(token, by=by)
    assert acme.events.filter(event_type=EventType.TOKEN_COPIED).count() == 2


@ROLES
def test_it_needs_a_workspace_manager(acme, role):
    assert_needs(Permission.COPY_TOKENS, role, copy, make_token(acme).row, by=member_actor(acme, role))


@ROLES
@pytest.mark.parametrize("scope", Role, ids=lambda role: role.api_name)
def test_nobody_copies_a_token_above_them(acme, role, scope):
    made, by = make_token(acme, scope), member_actor(acme, role)
    if role < Role.WORKSPACE_MANAGER:
        assert_refused(copy, made.row, by=by, required_role=Role.WORKSPACE_MANAGER)
    elif scope > role:
        assert_refused(copy, made.row, by=by, required_role=scope)
    else:
        assert copy(made.row, by=by) == made.plaintext


def test_nobody_copies_another_workspaces_tokens(acme):
    token = make_token(acme).row
    assert_refused(copy, token, by=member_actor(WorkspaceFactory()), required_role=Role.WORKSPACE_MANAGER)


@pytest.mark.parametrize(
    "state",
    [{"disabled_at": timezone.now()}, expired(), {"scope": Role.TEAM_MEMBER}],
    ids=["disabled", "expired", "scope off"],
)
def test_only_active_tokens_are_copied(state):
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    token, by = make_token(workspace, **state).row, member_actor(workspace)
    with Unchanged(), pytest.raises(Conflict, match="Only active tokens can be copied"):
        copy(token, by=by)


def test_a_token_that_was_shown_once_is_not_copied(acme):
    token, by = make_token(acme, is_sealed=False).row, member_actor(acme)
    with Unchanged(), pytest.raises(Conflict, match="This token can't be copied"):
        copy(token, by=by)


def test_the_seal_of_another_row_does_not_open(acme):
    """Who can write to the database gives their own Viewer token the seal of an Owner's, and presses Copy."""
    mine, theirs, by = make_token(acme).row, make_token(acme, Role.OWNER).row, member_actor(acme)
    AccessToken.objects.filter(pk=mine.pk).update(encrypted_copy=theirs.encrypted_copy)
    with Unchanged(), pytest.raises(DecryptionError):
        copy(mine, by=by)


def test_the_seal_of_another_workspace_does_not_open(acme):
    theirs, by = make_token(scope=Role.VIEWER).row, member_actor(acme)
    AccessToken.objects.filter(pk=theirs.pk).update(workspace=acme)
    moved = AccessToken.objects.get()
    with Unchanged(), pytest.raises(DecryptionError):
        copy(moved, by=by)


def test_a_seal_opens_after_a_rotation_and_says_which_key_is_missing(acme, settings):
    made, by = make_token(acme), member_actor(acme)
    settings.TOKEN_ENCRYPTION_KEYS = f"{token_crypto.generate_key('k9')},{settings.TOKEN_ENCRYPTION_KEYS}"
    assert copy(made.row, by=by) == made.plaintext
    settings.TOKEN_ENCRYPTION_KEYS = token_crypto.generate_key("k9")
    with Unchanged(), pytest.raises(DecryptionError, match=f"no key “{made.row.encryption_key_id}”"):
        copy(made.row, by=by)
