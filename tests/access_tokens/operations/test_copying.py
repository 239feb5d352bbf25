import pytest
from django.utils import timezone

from access_tokens.models import AccessToken
from access_tokens.operations import copy
from access_tokens.token_crypto import DecryptionError, generate_key
from tests.access_tokens.operations.common import (
    assert_no_secret_in_events,
    assert_not_allowed,
    assert_requires,
    only_event,
    unchanged,
)
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token, member_actor
from tests.roles import EACH_ROLE, EACH_SCOPE
from workspaces.errors import Conflict
from workspaces.events import EventType
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db


def test_copy_returns_the_whole_token_and_records_an_event(acme, owner):
    token = make_token(acme)
    assert copy(token.row, by=owner) == token.plaintext
    event = only_event()
    assert (event.event_type, event.subject_id, event.changes) == (EventType.TOKEN_COPIED, token.row.token_id, {})
    assert_no_secret_in_events(token)


def test_each_copy_records_an_event(acme, owner):
    token = make_token(acme).row
    copy(token, by=owner)
    copy(token, by=owner)
    assert acme.events.filter(event_type=EventType.TOKEN_COPIED).count() == 2


@EACH_ROLE
def test_copy_requires_workspace_manager(acme, role):
    assert_requires(Permission.COPY_TOKENS, role, copy, make_token(acme).row, by=member_actor(acme, role))


@EACH_ROLE
@EACH_SCOPE
def test_copy_requires_a_role_at_least_as_high_as_the_scope(acme, role, scope):
    token, by = make_token(acme, scope), member_actor(acme, role)
    if role < Role.WORKSPACE_MANAGER:
        assert_not_allowed(copy, token.row, by=by, required_role=Role.WORKSPACE_MANAGER)
    elif scope > role:
        assert_not_allowed(copy, token.row, by=by, required_role=scope)
    else:
        assert copy(token.row, by=by) == token.plaintext


def test_members_of_another_workspace_can_not_copy(acme):
    token = make_token(acme).row
    assert_not_allowed(copy, token, by=member_actor(WorkspaceFactory()), required_role=Role.WORKSPACE_MANAGER)


@pytest.mark.parametrize(
    "fields",
    [{"disabled_at": timezone.now()}, expired(), {"scope": Role.TEAM_MEMBER}],
    ids=["disabled", "expired", "scope unavailable"],
)
def test_token_that_is_not_active_can_not_be_copied(fields):
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    token, by = make_token(workspace, **fields).row, member_actor(workspace)
    with unchanged(), pytest.raises(Conflict, match="Only active tokens can be copied"):
        copy(token, by=by)


def test_token_without_an_encrypted_copy_can_not_be_copied(acme, owner):
    token = make_token(acme, has_encrypted_copy=False).row
    with unchanged(), pytest.raises(Conflict, match="This token can't be copied"):
        copy(token, by=owner)


def test_encrypted_copy_of_another_token_can_not_be_decrypted(acme, owner):
    """An attacker who can write to the database gives a Viewer token the encrypted copy of an Owner token."""
    mine, theirs = make_token(acme).row, make_token(acme, Role.OWNER).row
    AccessToken.objects.filter(pk=mine.pk).update(encrypted_copy=theirs.encrypted_copy)
    with unchanged(), pytest.raises(DecryptionError):
        copy(mine, by=owner)


def test_encrypted_copy_can_not_be_decrypted_in_another_workspace(acme, owner):
    token = make_token(scope=Role.VIEWER).row
    AccessToken.objects.filter(pk=token.pk).update(workspace=acme)
    with unchanged(), pytest.raises(DecryptionError):
        copy(AccessToken.objects.get(), by=owner)


def test_copy_works_with_an_older_key_until_the_key_is_removed(acme, owner, settings):
    token = make_token(acme)
    settings.TOKEN_ENCRYPTION_KEYS = f"{generate_key('k9')},{settings.TOKEN_ENCRYPTION_KEYS}"
    assert copy(token.row, by=owner) == token.plaintext
    settings.TOKEN_ENCRYPTION_KEYS = generate_key("k9")
    with unchanged(), pytest.raises(DecryptionError, match=f"no key “{token.row.encryption_key_id}”"):
        copy(token.row, by=owner)
