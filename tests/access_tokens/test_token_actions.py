import pytest
from django.utils import timezone

from access_tokens import operations
from access_tokens.token_actions import TokenAction, available_actions, require_action
from tests.factories import MembershipFactory, WorkspaceFactory, make_token
from tests.roles import EACH_ROLE
from workspaces.actors import Actor
from workspaces.errors import NotAllowed
from workspaces.permissions import Role, role_has_permission

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

REMOVES_ACCESS = {TokenAction.VIEW, TokenAction.DISABLE, TokenAction.DELETE, TokenAction.END_ROTATION}


def actor_with(workspace, role) -> Actor:
    return Actor.member(MembershipFactory(workspace=workspace, role=role))


def is_allowed(action, token, actor) -> bool:
    try:
        require_action(action, token, by=actor)
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize("scope", Role, ids=lambda scope: f"{scope.api_name} token")
@EACH_ROLE
def test_action_needs_its_permission_and_unless_it_removes_access_the_role_of_the_scope(acme, role, scope):
    token, actor = make_token(acme, scope).row, actor_with(acme, role)
    for action in TokenAction:
        expected = role_has_permission(role, action.permission) and (scope <= role or action in REMOVES_ACCESS)
        assert is_allowed(action, token, actor) == expected, action
    for action in available_actions(token, actor):
        assert is_allowed(action, token, actor), action


def test_member_of_another_workspace_can_take_no_action(acme):
    token, stranger = make_token(acme).row, actor_with(WorkspaceFactory(), Role.OWNER)
    assert available_actions(token, stranger) == []


ALWAYS = {"view", "edit", "delete"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"copy", "disable", "rotate"}),
        ({"encrypted_copy": None, "encryption_key_id": ""}, {"disable", "rotate"}),
        ({"disabled_at": timezone.now()}, {"enable"}),
    ],
    ids=["active", "without encrypted copy", "disabled"],
)
def test_available_actions_depend_on_the_tokens_state(acme, fields, expected):
    token = make_token(acme).row
    for field, value in fields.items():
        setattr(token, field, value)
    assert set(available_actions(token, actor_with(acme, Role.OWNER))) == ALWAYS | expected


def test_rotating_token_can_end_its_rotation_but_not_rotate_again(acme):
    owner, token = actor_with(acme, Role.OWNER), make_token(acme).row
    rotated = operations.rotate(token, by=owner, overlap=operations.MAX_OVERLAP).token
    assert set(available_actions(rotated, owner)) == ALWAYS | {"copy", "disable", "end_rotation"}
