from datetime import timedelta

import pytest
from django.utils import timezone

from access_tokens.child_tokens import usable_child_tokens
from access_tokens.operations import disable
from tests.factories import WorkspaceFactory, expired, make_token, member_actor
from workspaces.permissions import Role, role_bits

pytestmark = pytest.mark.django_db


@pytest.fixture
def token():
    return make_token(WorkspaceFactory(available_roles=role_bits(Role.OWNER, Role.VIEWER))).row


def child_of(token, **fields):
    return make_token(token.workspace, parent=token, **fields).row


def test_child_tokens_of_all_generations_are_returned(token):
    child, other_child = child_of(token), child_of(token)
    grandchild = child_of(other_child)
    child_of(make_token(token.workspace).row)
    assert usable_child_tokens(token) == [child, other_child, grandchild]
    assert usable_child_tokens(child) == []


def test_disabled_and_expired_child_tokens_are_left_out(token):
    usable = [child_of(token), child_of(token, expires_at=timezone.now() + timedelta(days=1))]
    unavailable_scope = child_of(token, scope=Role.TEAM_MEMBER)
    disabled = child_of(token, disabled_at=timezone.now())
    child_of(token, **expired())
    grandchild = child_of(disabled)
    assert usable_child_tokens(token) == [*usable, unavailable_scope, grandchild]


def test_each_generation_needs_one_query(token, django_assert_num_queries):
    for _ in range(5):
        child_of(child_of(token))
    with django_assert_num_queries(3):
        assert [child.workspace.name for child in usable_child_tokens(token)] == [token.workspace.name] * 10


def test_token_without_child_tokens_needs_no_query_after_an_operation(token, django_assert_num_queries):
    token = disable(token, by=member_actor(token.workspace))
    with django_assert_num_queries(0):
        assert usable_child_tokens(token) == []
