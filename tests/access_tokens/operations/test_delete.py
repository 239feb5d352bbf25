from datetime import timedelta

import pytest
from django.utils import timezone

from access_tokens.authentication.request_auth import Rejection, authenticate
from access_tokens.child_tokens import usable_child_tokens
from access_tokens.models import AccessToken
from access_tokens.operations import delete
from tests.access_tokens.operations.common import (
    ROLES,
    assert_needs,
    assert_no_secret_in_events,
    assert_refused,
    only_event,
)
from tests.factories import WorkspaceFactory, expired, make_token, member_actor, token_actor
from workspaces.events import EventType
from workspaces.permissions import Permission, Role, role_bits

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return WorkspaceFactory()


def child_of(token, **fields):
    return make_token(token.workspace, parent=token, **fields).row


def test_it_removes_the_row_for_good_and_the_event_keeps_id_and_label(acme):
    made = make_token(acme, label="Old CI")
    token_id = made.row.token_id
    delete(made.row, by=member_actor(acme))
    assert not AccessToken.objects.exists()
    assert isinstance(authenticate(f"Bearer {made.plaintext}"), Rejection)
    event = only_event()
    assert (event.event_type, event.subject_id, event.subject_name) == (EventType.TOKEN_DELETED, token_id, "Old CI")
    assert_no_secret_in_events(made)


@ROLES
def test_it_needs_an_administrator(acme, role):
    assert_needs(Permission.DELETE_TOKENS, role, delete, make_token(acme).row, by=member_actor(acme, role))


@ROLES
def test_a_token_needs_administrator_too(acme, role):
    by = token_actor(make_token(acme, role).row)
    assert_needs(Permission.DELETE_TOKENS, role, delete, make_token(acme).row, by=by)


def test_what_only_takes_power_away_needs_none(acme):
    delete(make_token(acme, Role.OWNER).row, by=member_actor(acme, Role.ADMINISTRATOR))
    assert not AccessToken.objects.exists()


def test_nobody_deletes_another_workspaces_tokens(acme):
    token = make_token(acme).row
    assert_refused(delete, token, by=member_actor(WorkspaceFactory()), required_role=Role.ADMINISTRATOR)


def test_a_second_time_it_is_gone(acme):
    token, by = make_token(acme).row, member_actor(acme)
    delete(AccessToken.objects.get(), by=by)
    with pytest.raises(AccessToken.DoesNotExist):
        delete(token, by=by)
    assert only_event()


# What a deleted token made


def test_what_it_made_stays_as_children_of_the_token_above_it(acme):
    top = make_token(acme).row
    middle = child_of(top)
    leaves = [child_of(middle), child_of(middle)]
    delete(middle, by=member_actor(acme))
    assert [AccessToken.objects.get(pk=leaf.pk).parent for leaf in leaves] == [top, top]
    assert usable_child_tokens(top) == leaves
    delete(top, by=member_actor(acme))
    assert [AccessToken.objects.get(pk=leaf.pk).parent for leaf in leaves] == [None, None]


def test_descendants_are_all_generations_and_no_others(acme):
    top = make_token(acme).row
    child, other_child = child_of(top), child_of(top)
    grandchild = child_of(other_child)
    child_of(make_token(acme).row)
    assert usable_child_tokens(top) == [child, other_child, grandchild]
    assert usable_child_tokens(child) == []


def test_descendants_cost_one_query_a_generation(acme, django_assert_num_queries):
    top = make_token(acme).row
    for _ in range(5):
        child_of(child_of(top))
    with django_assert_num_queries(3):
        assert [made.workspace.name for made in usable_child_tokens(top)] == [acme.name] * 10


def test_the_living_ones_are_neither_disabled_nor_expired():
    workspace = WorkspaceFactory(available_roles=role_bits(Role.OWNER, Role.VIEWER))
    top = make_token(workspace).row
    alive = [child_of(top), child_of(top, expires_at=timezone.now() + timedelta(days=1))]
    scope_off = child_of(top, scope=Role.TEAM_MEMBER)
    child_of(top, disabled_at=timezone.now())
    child_of(top, **expired())
    assert usable_child_tokens(top) == [*alive, scope_off]
