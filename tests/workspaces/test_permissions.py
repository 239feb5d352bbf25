"""Roles and permissions. The expected table is written out, so that no change of the real one goes unnoticed."""

from typing import Any

import pytest
from django.db import models

from tests.factories import MembershipFactory, WorkspaceFactory
from tests.roles import EACH_ROLE
from workspaces.models import Membership
from workspaces.permissions import (
    ALL_ROLES,
    MINIMUM_ROLE,
    ROLE_DESCRIPTIONS,
    Permission,
    Role,
    can_manage_role,
    is_role_available,
    permissions_of,
    role_bits,
    role_has_permission,
    role_is_available,
)

BY_LEAST_ROLE = {
    Role.VIEWER: {Permission.VIEW_WORKSPACE, Permission.MANAGE_SELF},
    Role.TEAM_MEMBER: {Permission.EDIT_PROJECTS},
    Role.WORKSPACE_MANAGER: {
        *(Permission.DELETE_PROJECTS, Permission.RENAME_WORKSPACE, Permission.MANAGE_MEMBERS),
        *(Permission.CREATE_TOKENS, Permission.EDIT_TOKENS, Permission.COPY_TOKENS),
    },
    Role.ADMINISTRATOR: {
        *(Permission.ENABLE_TOKENS, Permission.DISABLE_TOKENS, Permission.ROTATE_TOKENS, Permission.DELETE_TOKENS),
        *(Permission.VIEW_EVENTS, Permission.VIEW_MEMBER_ACTIVITY),
    },
    Role.OWNER: {
        *(Permission.CONFIGURE_ROLES, Permission.SET_COPY_POLICY, Permission.SET_EXPIRY_POLICY),
        *(Permission.SET_RATE_LIMIT, Permission.DELETE_WORKSPACE, Permission.MANAGE_OWNERS),
    },
}


def test_every_permission_is_in_the_expected_table():
    assert set(MINIMUM_ROLE) == set(Permission) == set().union(*BY_LEAST_ROLE.values())


@EACH_ROLE
def test_role_has_its_permissions_and_those_of_lower_roles(role):
    expected = {permission for least, ones in BY_LEAST_ROLE.items() if least <= role for permission in ones}
    assert {permission for permission in Permission if role_has_permission(role, permission)} == expected
    assert permissions_of(role) == [permission for permission in Permission if permission in expected]


def test_managers_manage_lower_roles_and_owners_manage_everyone():
    managed = {role: {other for other in Role if can_manage_role(role, other)} for role in Role}
    assert managed == {
        Role.VIEWER: set(),
        Role.TEAM_MEMBER: set(),
        Role.WORKSPACE_MANAGER: {Role.VIEWER, Role.TEAM_MEMBER},
        Role.ADMINISTRATOR: {Role.VIEWER, Role.TEAM_MEMBER, Role.WORKSPACE_MANAGER},
        Role.OWNER: set(Role),
    }


def test_roles_are_declared_in_ascending_order():
    names = ["VIEWER", "TEAM_MEMBER", "WORKSPACE_MANAGER", "ADMINISTRATOR", "OWNER"]
    assert [role.name for role in Role] == [role.name for role in sorted(Role)] == names


def test_each_role_has_its_own_bit_in_a_signed_64_bit_column():
    assert ALL_ROLES.bit_count() == len(Role)
    assert 0 < ALL_ROLES < 2**63
    two_roles = role_bits(Role.VIEWER, Role.OWNER)
    assert [role for role in Role if is_role_available(role, two_roles)] == [Role.VIEWER, Role.OWNER]


@pytest.mark.parametrize("above", Role, ids=lambda role: role.api_name)
def test_role_can_be_inserted_below_each_role_without_changing_stored_values(above):
    extended: Any = models.IntegerChoices("Extended", {**Role.__members__, "INSERTED": above - 5})  # type: ignore[call-overload] # the functional API
    assert sorted(extended).index(extended.INSERTED) == list(Role).index(above)
    assert not is_role_available(extended.INSERTED, ALL_ROLES)
    with_inserted = role_bits(*extended)
    assert all(is_role_available(role, with_inserted) for role in extended)
    assert with_inserted - role_bits(extended.INSERTED) == ALL_ROLES


@pytest.mark.django_db
@EACH_ROLE
def test_database_condition_agrees_with_is_role_available(role):
    workspace = WorkspaceFactory(available_roles=role_bits(Role.TEAM_MEMBER, Role.OWNER))
    MembershipFactory(workspace=workspace, role=role)
    found = Membership.objects.filter(role_is_available("role", "workspace__available_roles"))
    assert found.exists() == workspace.is_role_available(role)


def test_api_name_identifies_its_role():
    assert [role.api_name for role in Role] == [
        *("viewer", "team_member", "workspace_manager", "administrator", "owner"),
    ]
    assert [Role.from_api_name(role.api_name) for role in Role] == list(Role)
    with pytest.raises(KeyError):
        Role.from_api_name("boss")


def test_every_role_has_a_description():
    assert set(ROLE_DESCRIPTIONS) == set(Role)
    assert [role.with_article for role in Role] == [
        *("a Viewer", "a Team Member", "a Workspace Manager", "an Administrator", "an Owner"),
    ]
    assert Role.VIEWER.description == "Read-only access"
