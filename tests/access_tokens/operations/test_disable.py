from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from access_tokens.authentication.request_auth import Rejection, authenticate
from access_tokens.operations import disable
from tests.access_tokens.operations.common import (
    ROLES,
    Unchanged,
    assert_needs,
    assert_no_secret_in_events,
    assert_refused,
    only_event,
)
from tests.factories import WorkspaceFactory, expired, make_token, member_actor, token_actor
from workspaces.api.problems import Problem
from workspaces.events import EventType
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return WorkspaceFactory()


def test_it_stops_a_token_from_authenticating_and_tells_so(acme):
    made = make_token(acme)
    token = disable(made.row, by=member_actor(acme))
    assert token.is_disabled
    outcome = authenticate(f"Bearer {made.plaintext}")
    assert isinstance(outcome, Rejection)
    assert (outcome.problem, outcome.detail) == (Problem.TOKEN_DISABLED, "This access token is disabled.")
    event = only_event()
    assert (event.event_type, event.subject_id, event.changes) == (EventType.TOKEN_DISABLED, token.token_id, {})
    assert_no_secret_in_events(made)


def test_a_second_time_changes_nothing_and_tells_nothing(acme):
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    token = make_token(acme, disabled_at=long_ago).row
    with Unchanged():
        assert disable(token, by=member_actor(acme)).disabled_at == long_ago


@ROLES
def test_it_needs_an_administrator(acme, role):
    assert_needs(Permission.DISABLE_TOKENS, role, disable, make_token(acme).row, by=member_actor(acme, role))


@ROLES
def test_a_token_of_any_scope_may_disable_itself(acme, role):
    itself = make_token(acme, role).row
    assert disable(itself, by=token_actor(itself)).is_disabled
    assert only_event().actor_name == only_event().subject_id == itself.token_id


@ROLES
def test_a_token_needs_administrator_to_disable_another(acme, role):
    by = token_actor(make_token(acme, role).row)
    assert_needs(Permission.DISABLE_TOKENS, role, disable, make_token(acme).row, by=by)


def test_what_only_takes_power_away_needs_none(acme):
    above = make_token(acme, Role.OWNER).row
    assert disable(above, by=member_actor(acme, Role.ADMINISTRATOR)).is_disabled
    longer = make_token(acme, Role.OWNER).row
    by = token_actor(make_token(acme, Role.ADMINISTRATOR, expires_at=timezone.now() + timedelta(days=1)).row)
    assert disable(longer, by=by).is_disabled


def test_an_expired_token_can_be_disabled_too(acme):
    assert disable(make_token(acme, **expired()).row, by=member_actor(acme)).is_disabled


def test_nobody_disables_another_workspaces_tokens(acme):
    token = make_token(acme).row
    assert_refused(disable, token, by=member_actor(WorkspaceFactory()), required_role=Role.ADMINISTRATOR)
    stranger = token_actor(make_token(scope=Role.OWNER).row)
    assert_refused(disable, token, by=stranger, required_role=Role.ADMINISTRATOR)
