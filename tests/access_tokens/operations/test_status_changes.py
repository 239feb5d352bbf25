from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from access_tokens.authentication.request_auth import Principal, Rejection, authenticate
from access_tokens.models import AccessToken
from access_tokens.operations import delete, disable, enable
from tests.access_tokens.operations.common import (
    assert_no_secret_in_events,
    assert_not_allowed,
    assert_requires,
    only_event,
    unchanged,
)
from tests.factories import WorkspaceFactory, expired, make_token, member_actor, token_actor
from tests.roles import EACH_ROLE
from workspaces.api.problems import Problem
from workspaces.events import EventType
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def disabled(workspace, scope=Role.VIEWER, **fields):
    return make_token(workspace, scope, disabled_at=timezone.now(), **fields)


# disable


def test_disabled_token_is_rejected(acme, owner):
    issued = make_token(acme)
    token = disable(issued.row, by=owner)
    assert token.is_disabled
    rejection = authenticate(f"Bearer {issued.plaintext}")
    assert isinstance(rejection, Rejection)
    assert (rejection.problem, rejection.detail) == (Problem.TOKEN_DISABLED, "This access token is disabled.")
    event = only_event()
    assert (event.event_type, event.subject_id, event.changes) == (EventType.TOKEN_DISABLED, token.token_id, {})
    assert_no_secret_in_events(issued)


def test_disabling_a_disabled_token_changes_nothing(acme, owner):
    disabled_at = datetime(2026, 1, 1, tzinfo=UTC)
    token = make_token(acme, disabled_at=disabled_at).row
    with unchanged():
        assert disable(token, by=owner).disabled_at == disabled_at


def test_expired_token_can_be_disabled(acme, owner):
    assert disable(make_token(acme, **expired()).row, by=owner).is_disabled


@EACH_ROLE
def test_disabling_requires_administrator(acme, role):
    assert_requires(Permission.DISABLE_TOKENS, role, disable, make_token(acme).row, by=member_actor(acme, role))


@EACH_ROLE
def test_token_of_any_scope_can_disable_itself(acme, role):
    token = make_token(acme, role).row
    assert disable(token, by=token_actor(token)).is_disabled
    assert only_event().actor_name == only_event().subject_id == token.token_id


@EACH_ROLE
def test_token_needs_the_scope_administrator_to_disable_another_token(acme, role):
    by = token_actor(make_token(acme, role).row)
    assert_requires(Permission.DISABLE_TOKENS, role, disable, make_token(acme).row, by=by)


def test_token_with_a_higher_scope_or_a_later_expiry_can_be_disabled(acme):
    assert disable(make_token(acme, Role.OWNER).row, by=member_actor(acme, Role.ADMINISTRATOR)).is_disabled
    by = token_actor(make_token(acme, Role.ADMINISTRATOR, expires_at=timezone.now() + DAY).row)
    assert disable(make_token(acme, Role.OWNER).row, by=by).is_disabled


@pytest.mark.parametrize("operation", [enable, disable, delete])
def test_actors_of_another_workspace_are_not_allowed(acme, operation):
    token = disabled(acme).row
    for by in (member_actor(WorkspaceFactory()), token_actor(make_token(scope=Role.OWNER).row)):
        assert_not_allowed(operation, token, by=by, required_role=Role.ADMINISTRATOR)


# enable


def test_enabled_token_authenticates_again(acme, owner):
    issued = disabled(acme)
    token = enable(issued.row, by=owner)
    assert token.is_active
    assert isinstance(authenticate(f"Bearer {issued.plaintext}"), Principal)
    event = only_event()
    assert (event.event_type, event.subject_id, event.changes) == (EventType.TOKEN_ENABLED, token.token_id, {})
    assert_no_secret_in_events(issued)


def test_enabling_an_enabled_token_changes_nothing(acme, owner):
    token = make_token(acme).row
    with unchanged():
        assert enable(token, by=owner).is_active


def test_expired_token_stays_expired_when_it_is_enabled(acme, owner):
    token = enable(make_token(acme, **expired(disabled_at=timezone.now())).row, by=owner)
    assert (token.is_disabled, token.is_active) == (False, False)


@EACH_ROLE
def test_enabling_requires_administrator(acme, role):
    assert_requires(Permission.ENABLE_TOKENS, role, enable, disabled(acme).row, by=member_actor(acme, role))


@pytest.mark.parametrize("actor", [member_actor, lambda workspace, role: token_actor(make_token(workspace, role).row)])
def test_enabling_requires_a_role_at_least_as_high_as_the_scope(acme, actor):
    administrator = actor(acme, Role.ADMINISTRATOR)
    assert_not_allowed(enable, disabled(acme, Role.OWNER).row, by=administrator, required_role=Role.OWNER)
    assert enable(disabled(acme, Role.ADMINISTRATOR).row, by=administrator).is_active
    assert enable(disabled(acme, Role.OWNER).row, by=actor(acme, Role.OWNER)).is_active


@pytest.mark.parametrize("lifetime", [None, 2 * DAY])
def test_acting_token_can_not_enable_a_token_that_outlives_it(acme, lifetime):
    now = timezone.now()
    by = token_actor(make_token(acme, Role.OWNER, expires_at=now + DAY).row)
    outliving = disabled(acme, expires_at=lifetime and now + lifetime).row
    assert_not_allowed(enable, outliving, by=by, required_role=None)
    assert enable(disabled(acme, expires_at=now + DAY).row, by=by).is_active


# delete


def test_deletion_removes_the_row_and_the_event_keeps_token_id_and_label(acme, owner):
    issued = make_token(acme, label="Old CI")
    token_id = issued.row.token_id
    delete(issued.row, by=owner)
    assert not AccessToken.objects.exists()
    assert isinstance(authenticate(f"Bearer {issued.plaintext}"), Rejection)
    event = only_event()
    assert (event.event_type, event.subject_id, event.subject_name) == (EventType.TOKEN_DELETED, token_id, "Old CI")
    assert_no_secret_in_events(issued)


def test_deleted_token_can_not_be_deleted_again(acme, owner):
    token = make_token(acme).row
    delete(AccessToken.objects.get(), by=owner)
    with pytest.raises(AccessToken.DoesNotExist):
        delete(token, by=owner)
    assert only_event()


def test_child_tokens_of_a_deleted_token_get_its_parent(acme, owner):
    grandparent = make_token(acme).row
    parent = make_token(acme, parent=grandparent).row
    children = [make_token(acme, parent=parent).row for _ in range(2)]
    delete(parent, by=owner)
    assert [AccessToken.objects.get(pk=child.pk).parent for child in children] == [grandparent, grandparent]
    delete(grandparent, by=owner)
    assert [AccessToken.objects.get(pk=child.pk).parent for child in children] == [None, None]


@EACH_ROLE
def test_deletion_requires_administrator(acme, role):
    assert_requires(Permission.DELETE_TOKENS, role, delete, make_token(acme).row, by=member_actor(acme, role))


@EACH_ROLE
def test_token_of_any_scope_can_delete_itself(acme, role):
    token = make_token(acme, role).row
    delete(token, by=token_actor(token))
    assert not AccessToken.objects.exists()


@EACH_ROLE
def test_token_needs_the_scope_administrator_to_delete_another_token(acme, role):
    by = token_actor(make_token(acme, role).row)
    assert_requires(Permission.DELETE_TOKENS, role, delete, make_token(acme).row, by=by)


def test_token_with_a_higher_scope_can_be_deleted(acme):
    delete(make_token(acme, Role.OWNER).row, by=member_actor(acme, Role.ADMINISTRATOR))
    assert not AccessToken.objects.exists()
