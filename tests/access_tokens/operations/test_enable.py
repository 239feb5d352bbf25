from datetime import timedelta

import pytest
from django.utils import timezone

from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.operations import enable
from tests.access_tokens.operations.common import (
    ROLES,
    Unchanged,
    assert_needs,
    assert_no_secret_in_events,
    assert_refused,
    only_event,
)
from tests.factories import WorkspaceFactory, expired, make_token, member_actor, token_actor
from workspaces.events import EventType
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def acme():
    return WorkspaceFactory()


def disabled(workspace, scope=Role.VIEWER, **fields):
    return make_token(workspace, scope, disabled_at=timezone.now(), **fields)


def test_it_lets_a_disabled_token_authenticate_again_and_tells_so(acme):
    made = disabled(acme)
    token = enable(made.row, by=member_actor(acme))
    assert token.is_active
    assert isinstance(authenticate(f"Bearer {made.plaintext}"), Principal)
    event = only_event()
    assert (event.event_type, event.subject_id, event.changes) == (EventType.TOKEN_ENABLED, token.token_id, {})
    assert_no_secret_in_events(made)


def test_a_second_time_changes_nothing_and_tells_nothing(acme):
    token = make_token(acme).row
    with Unchanged():
        assert enable(token, by=member_actor(acme)).is_active


def test_an_expired_token_stays_expired(acme):
    token = enable(make_token(acme, **expired(disabled_at=timezone.now())).row, by=member_actor(acme))
    assert (token.is_disabled, token.is_active) == (False, False)


@ROLES
def test_it_needs_an_administrator(acme, role):
    assert_needs(Permission.ENABLE_TOKENS, role, enable, disabled(acme).row, by=member_actor(acme, role))


@pytest.mark.parametrize("face", [member_actor, lambda workspace, role: token_actor(make_token(workspace, role).row)])
def test_nobody_enables_a_token_above_them(acme, face):
    assert_refused(enable, disabled(acme, Role.OWNER).row, by=face(acme, Role.ADMINISTRATOR), required_role=Role.OWNER)
    assert enable(disabled(acme, Role.ADMINISTRATOR).row, by=face(acme, Role.ADMINISTRATOR)).is_active
    assert enable(disabled(acme, Role.OWNER).row, by=face(acme, Role.OWNER)).is_active


@pytest.mark.parametrize("life", [None, 2 * DAY])
def test_a_token_enables_none_that_lives_longer_than_itself(acme, life):
    now = timezone.now()
    by = token_actor(make_token(acme, Role.OWNER, expires_at=now + DAY).row)
    assert_refused(enable, disabled(acme, expires_at=life and now + life).row, by=by, required_role=None)
    assert enable(disabled(acme, expires_at=now + DAY).row, by=by).is_active


def test_nobody_enables_another_workspaces_tokens(acme):
    token = disabled(acme).row
    assert_refused(enable, token, by=member_actor(WorkspaceFactory()), required_role=Role.ADMINISTRATOR)
