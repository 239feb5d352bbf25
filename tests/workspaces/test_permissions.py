"""The table of design.md, section 3, once more in full: a change of the code's table has to be meant."""

import pytest

from workspaces.permissions import (
    ALL_ROLES,
    MINIMUM_ROLE,
    ROLE_DESCRIPTIONS,
    Permission,
    Role,
    can_manage_role,
    permissions_of,
    role_has_permission,
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


def test_every_permission_has_its_place_in_the_table():
    assert set(MINIMUM_ROLE) == set(Permission) == set().union(*BY_LEAST_ROLE.values())


@pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)
def test_a_role_may_do_what_it_or_a_weaker_one_is_listed_for(role):
    expected = {permission for least, ones in BY_LEAST_ROLE.items() if least <= role for permission in ones}
    assert {permission for permission in Permission if role_has_permission(role, permission)} == expected
    assert permissions_of(role) == [permission for permission in Permission if permission in expected]


def test_members_are_managed_by_who_stands_above_them_and_owners_by_owners_too():
    managed = {role: {other for other in Role if can_manage_role(role, other)} for role in Role}
    assert managed == {
        Role.VIEWER: set(),
        Role.TEAM_MEMBER: set(),
        Role.WORKSPACE_MANAGER: {Role.VIEWER, Role.TEAM_MEMBER},
        Role.ADMINISTRATOR: {Role.VIEWER, Role.TEAM_MEMBER, Role.WORKSPACE_MANAGER},
        Role.OWNER: set(Role),
    }


def test_roles_stand_in_their_order_of_power():
    names = ["VIEWER", "TEAM_MEMBER", "WORKSPACE_MANAGER", "ADMINISTRATOR", "OWNER"]
    assert [role.name for role in sorted(Role)] == names


def test_each_role_is_one_bit():
    assert ALL_ROLES == 0b11111
    assert all(role.bit_count() == 1 for role in Role)


def test_wire_names_lead_back_to_their_roles():
    assert [role.api_name for role in Role] == [
        *("viewer", "team_member", "workspace_manager", "administrator", "owner"),
    ]
    assert [Role.from_api_name(role.api_name) for role in Role] == list(Role)
    with pytest.raises(KeyError):
        Role.from_api_name("boss")


def test_every_role_says_what_it_means():
    assert set(ROLE_DESCRIPTIONS) == set(Role)
    assert [role.article for role in Role] == [
        *("a Viewer", "a Team Member", "a Workspace Manager", "an Administrator", "an Owner"),
    ]
    assert Role.VIEWER.description == "Read-only access"
