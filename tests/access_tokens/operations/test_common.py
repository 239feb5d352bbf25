"""Operations decide by the actor's role after the lock, not by its role when the request was authenticated."""

import pytest

from access_tokens import operations
from access_tokens.models import AccessToken
from tests.access_tokens.operations.common import unchanged
from tests.factories import MembershipFactory, WorkspaceFactory, make_token, token_actor
from workspaces.actors import Actor
from workspaces.errors import NotAllowed
from workspaces.models import Membership
from workspaces.operations import set_available_roles
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db

OPERATIONS = {
    "create": lambda token, by: operations.create(
        token.workspace, by=by, label="CI", scope=Role.VIEWER, expires_at=None
    ),
    "edit": lambda token, by: operations.edit(token, by=by, label="New"),
    "enable": lambda token, by: operations.enable(token, by=by),
    "disable": lambda token, by: operations.disable(token, by=by),
    "delete": lambda token, by: operations.delete(token, by=by),
    "copy": lambda token, by: operations.copy(token, by=by),
}


@pytest.fixture
def token():
    return make_token(WorkspaceFactory()).row


@pytest.mark.parametrize("name", OPERATIONS)
def test_member_with_a_lower_role_in_the_meantime_is_not_allowed(token, name):
    membership = MembershipFactory(workspace=token.workspace, role=Role.ADMINISTRATOR)
    by = Actor.member(membership)
    Membership.objects.filter(pk=membership.pk).update(role=Role.VIEWER)
    with unchanged(), pytest.raises(NotAllowed) as error:
        OPERATIONS[name](token, by)
    assert error.value.required_role


@pytest.mark.parametrize("name", OPERATIONS)
def test_member_who_was_removed_or_deactivated_in_the_meantime_is_not_allowed(token, name):
    removed = MembershipFactory(workspace=token.workspace)
    deactivated = MembershipFactory(workspace=token.workspace)
    actors = Actor.member(removed), Actor.member(deactivated)
    removed.delete()
    deactivated.user.is_active = False
    deactivated.user.save()
    for by in actors:
        with unchanged(), pytest.raises(NotAllowed, match="no longer a member"):
            OPERATIONS[name](token, by)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "copy"])
def test_acting_token_that_stopped_working_in_the_meantime_is_not_allowed(token, name):
    disabled, unavailable = (make_token(token.workspace, Role.ADMINISTRATOR).row for _ in range(2))
    actors = token_actor(disabled), token_actor(unavailable)
    operations.disable(disabled, by=Actor.command("tests"))
    AccessToken.objects.filter(pk=unavailable.pk).update(scope=Role.TEAM_MEMBER)
    set_available_roles(token.workspace, set(Role) - {Role.TEAM_MEMBER}, by=Actor.command("tests"))
    for by in actors:
        with unchanged(), pytest.raises(NotAllowed, match="stopped working"):
            OPERATIONS[name](token, by)
