import pytest

from tests.factories import MembershipFactory, UserFactory, WorkspaceFactory, make_token, member_actor, token_actor
from tests.roles import EACH_ROLE
from tests.workspaces.operations.common import BY, member, recorded_events
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType
from workspaces.models import Membership
from workspaces.operations import add_member, change_role, leave, remove_member, set_available_roles
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db


# The last Owner


def test_last_owner_can_be_neither_demoted_nor_removed(acme):
    owner = member(acme, Role.OWNER)
    for by in (BY, Actor.member(owner)):
        with pytest.raises(Conflict, match="is the last Owner of Acme"):
            change_role(owner, Role.VIEWER, by=by)
        with pytest.raises(Conflict, match="is the last Owner of Acme"):
            remove_member(owner, by=by)
    with pytest.raises(Conflict, match="is the last Owner of Acme"):
        leave(owner, by=Actor.member(owner))
    assert Membership.objects.get().role == Role.OWNER
    assert not recorded_events()


def test_owner_can_be_demoted_once_there_is_another(acme):
    owner, _ = member(acme, Role.OWNER), member(acme, Role.OWNER)
    change_role(owner, Role.VIEWER, by=Actor.member(owner))
    assert recorded_events() == [(EventType.MEMBER_ROLE_CHANGED, owner.user.email, {"role": ["owner", "viewer"]})]


def test_deactivated_owners_and_owners_of_other_workspaces_do_not_count(acme):
    owner = member(acme, Role.OWNER)
    member(WorkspaceFactory(), Role.OWNER)
    MembershipFactory(workspace=acme, role=Role.OWNER, user__is_active=False)
    with pytest.raises(Conflict):
        remove_member(owner, by=BY)


def test_unchanged_role_records_no_event(acme):
    assert change_role(member(acme, Role.OWNER), Role.OWNER, by=BY)
    assert not recorded_events()


# Roles that an actor can grant and manage


@EACH_ROLE
@pytest.mark.parametrize("granted", Role, ids=lambda role: role.api_name)
def test_member_can_not_be_added_with_a_role_above_the_actors(acme, role, granted):
    by, user = member_actor(acme, role), UserFactory()
    if role >= Role.WORKSPACE_MANAGER and granted <= role:
        assert add_member(acme, user, granted, by=by).role == granted
        return
    with pytest.raises(NotAllowed):
        add_member(acme, user, granted, by=by)
    assert not Membership.objects.filter(user=user).exists()
    assert not recorded_events()


@EACH_ROLE
@pytest.mark.parametrize("present", Role, ids=lambda role: role.api_name)
def test_actor_manages_members_with_lower_roles_and_owners_manage_owners(acme, role, present):
    member(acme, Role.OWNER)
    by, other, third = member_actor(acme, role), member(acme, present), member(acme, present)
    if role == Role.OWNER or (role >= Role.WORKSPACE_MANAGER and present < role):
        assert change_role(other, Role.VIEWER, by=by).role == Role.VIEWER
        remove_member(third, by=by)
        return
    for attempt in (lambda: change_role(other, Role.VIEWER, by=by), lambda: remove_member(third, by=by)):
        with pytest.raises(NotAllowed):
            attempt()
    assert Membership.objects.filter(pk__in=[other.pk, third.pk], role=present).count() == 2


@EACH_ROLE
@pytest.mark.parametrize("granted", Role, ids=lambda role: role.api_name)
def test_member_can_not_be_given_a_role_above_the_actors(acme, role, granted):
    by, other = member_actor(acme, role), member(acme, Role.VIEWER)
    if role >= Role.WORKSPACE_MANAGER and granted <= role:
        assert change_role(other, granted, by=by).role == granted
        return
    with pytest.raises(NotAllowed):
        change_role(other, granted, by=by)


def test_owner_of_another_workspace_is_not_allowed_to_do_anything(acme):
    stranger, other = member_actor(WorkspaceFactory()), member(acme, Role.VIEWER)
    for attempt in (
        lambda: add_member(acme, UserFactory(), Role.VIEWER, by=stranger),
        lambda: change_role(other, Role.VIEWER, by=stranger),
        lambda: remove_member(other, by=stranger),
        lambda: set_available_roles(acme, set(Role) - {Role.VIEWER}, by=stranger),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_member_can_not_be_added_twice(acme):
    membership = member(acme, Role.VIEWER)
    with pytest.raises(Conflict, match="is already a member of Acme"):
        add_member(acme, membership.user, Role.OWNER, by=BY)


def test_event_of_a_removed_member_has_their_role(acme):
    membership = member(acme, Role.VIEWER)
    remove_member(membership, by=BY)
    assert recorded_events() == [(EventType.MEMBER_REMOVED, membership.user.email, {"role": ["viewer", None]})]


# Leaving


@EACH_ROLE
def test_member_of_any_role_can_leave(acme, role):
    member(acme, Role.OWNER)
    membership = member(acme, role)
    leave(membership, by=Actor.member(membership))
    assert not Membership.objects.filter(pk=membership.pk).exists()
    assert recorded_events() == [(EventType.MEMBER_LEFT, membership.user.email, {"role": [role.api_name, None]})]


def test_member_can_not_leave_for_someone_else(acme):
    membership, owner = member(acme, Role.VIEWER), member(acme, Role.OWNER)
    elsewhere = MembershipFactory(user=membership.user)
    token = token_actor(make_token(acme, Role.OWNER, creator=membership.user).row)
    for by in (Actor.member(owner), Actor.member(elsewhere), token, BY):
        with pytest.raises(NotAllowed):
            leave(membership, by=by)
    assert Membership.objects.filter(pk=membership.pk).exists()
    assert not recorded_events()


# Roles that are switched off


def test_role_that_is_switched_off_can_not_be_granted(acme):
    set_available_roles(acme, set(Role) - {Role.TEAM_MEMBER}, by=BY)
    with pytest.raises(Conflict, match="switched off in Acme"):
        add_member(acme, UserFactory(), Role.TEAM_MEMBER, by=BY)
    with pytest.raises(Conflict, match="switched off in Acme"):
        change_role(member(acme, Role.VIEWER), Role.TEAM_MEMBER, by=BY)
