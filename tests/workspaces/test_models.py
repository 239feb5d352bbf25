"""Database constraints and querysets of workspaces, memberships and projects."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from tests.factories import MembershipFactory, ProjectFactory, UserFactory, WorkspaceFactory, all_roles_except
from workspaces.models import CopyPolicy, Membership, Workspace
from workspaces.permissions import ALL_ROLES, Permission, Role, role_bits

pytestmark = pytest.mark.django_db


def violates_constraint(factory, **fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        factory(**fields)
    return True


def test_workspace_needs_a_unique_slug_a_name_and_a_known_copy_policy():
    assert violates_constraint(WorkspaceFactory, slug=WorkspaceFactory().slug)
    assert violates_constraint(WorkspaceFactory, name="")
    assert violates_constraint(WorkspaceFactory, copy_policy="never")


def test_maximum_lifetime_and_default_expiry_must_fit_the_expiry_policy():
    assert violates_constraint(WorkspaceFactory, max_lifetime_days=30)
    assert violates_constraint(WorkspaceFactory, max_lifetime_days=0, non_expiring_allowed=False)
    assert violates_constraint(WorkspaceFactory, max_lifetime_days=3651, non_expiring_allowed=False)
    assert violates_constraint(WorkspaceFactory, non_expiring_allowed=False, default_expiry="never")
    assert violates_constraint(WorkspaceFactory, default_expiry="2m")
    assert WorkspaceFactory(max_lifetime_days=3650, non_expiring_allowed=False, default_expiry="1y")


def test_deleted_workspace_is_restorable_for_the_restore_period():
    now = timezone.now()
    left = {timedelta(): True, timedelta(days=7) - timedelta(seconds=1): True, timedelta(days=7): False}
    for age, is_restorable in left.items():
        workspace = WorkspaceFactory(deleted_at=now - age)
        mine = Workspace.objects.filter(pk=workspace.pk)
        assert workspace.is_restorable(now) == mine.restorable(now).exists() == is_restorable
        assert mine.due_for_purge(now).exists() != is_restorable
    usable = WorkspaceFactory()
    assert not usable.is_restorable()
    assert usable not in [*Workspace.objects.restorable(), *Workspace.objects.due_for_purge()]


@pytest.mark.parametrize("roles", [0, role_bits(Role.VIEWER), all_roles_except(Role.OWNER), ALL_ROLES + 1])
def test_available_roles_must_include_owner_and_only_known_roles(roles):
    assert violates_constraint(WorkspaceFactory, available_roles=roles)


def test_user_has_one_membership_per_workspace():
    membership = MembershipFactory(role=Role.VIEWER)
    assert violates_constraint(MembershipFactory, workspace=membership.workspace, user=membership.user)
    assert MembershipFactory(user=membership.user)


@pytest.mark.parametrize("role", [0, 3, 15, 64])
def test_membership_needs_a_known_role(role):
    assert violates_constraint(MembershipFactory, role=role)


def test_project_name_is_unique_in_its_workspace_and_not_empty():
    project = ProjectFactory(name="Site")
    assert violates_constraint(ProjectFactory, workspace=project.workspace, name="SITE")
    assert violates_constraint(ProjectFactory, name="")
    assert ProjectFactory(name="Site")


def test_available_roles_are_listed_in_ascending_order():
    workspace = Workspace(name="Acme", available_roles=role_bits(Role.OWNER, Role.TEAM_MEMBER))
    assert workspace.roles == [Role.TEAM_MEMBER, Role.OWNER]
    assert [workspace.is_role_available(role) for role in Role] == [False, True, False, False, True]
    assert str(workspace) == "Acme"


def test_workspace_keeps_encrypted_copies_unless_it_shows_tokens_once():
    assert Workspace().keeps_encrypted_copies
    assert not Workspace(copy_policy=CopyPolicy.SHOW_ONCE).keeps_encrypted_copies


def test_memberships_of_a_user_are_ordered_by_workspace_name(django_assert_num_queries):
    ada = UserFactory()
    for name in ("Zeta", "Acme"):
        MembershipFactory(user=ada, workspace__name=name)
    MembershipFactory()
    with django_assert_num_queries(1):
        assert [membership.workspace.name for membership in Membership.objects.for_user(ada)] == ["Acme", "Zeta"]


def test_deactivated_owners_are_not_active_owners():
    owner = MembershipFactory()
    MembershipFactory(workspace=owner.workspace, role=Role.ADMINISTRATOR)
    MembershipFactory(workspace=owner.workspace, user__is_active=False)
    assert owner.workspace.memberships.active_owners().get() == owner


def test_membership_has_the_permissions_of_its_role():
    membership = MembershipFactory(role=Role.TEAM_MEMBER)
    assert membership.has_permission(Permission.EDIT_PROJECTS)
    assert not membership.has_permission(Permission.CREATE_TOKENS)
    assert str(membership) == f"{membership.user.email} in {membership.workspace.name}"


def test_deleting_a_user_deletes_their_memberships():
    MembershipFactory()
    User.objects.all().delete()
    assert not Membership.objects.exists()
