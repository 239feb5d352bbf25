"""Roles and permissions: one table for members, who act with their role, and tokens, which act with their scope."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, Self, cast

from django.db import models
from django.db.models import F
from django.db.models.lookups import Exact
from django.utils.text import get_text_list

type RoleName = Literal["viewer", "team_member", "workspace_manager", "administrator", "owner"]


class Role(models.IntegerChoices):
    """The roles of members and scopes of tokens, from least to most access.

    The values are ranks: the database stores, compares and sorts by them. They have gaps, so that a new role can be
    inserted without renumbering. A rank is at most 62 (see `role_bits`).

    To add a role, add it here, to `RoleName` and to `ROLE_DESCRIPTIONS`, and make it the minimum role of permissions.
    Then run `makemigrations`: the database constraints change. The role is switched off in existing workspaces until
    an Owner switches it on.
    """

    VIEWER = 10, "Viewer"
    TEAM_MEMBER = 20, "Team Member"
    WORKSPACE_MANAGER = 30, "Workspace Manager"
    ADMINISTRATOR = 40, "Administrator"
    OWNER = 50, "Owner"

    @property
    def api_name(self) -> "RoleName":
        """The name in the API, for example `team_member`."""
        return cast("RoleName", self.name.lower())

    @classmethod
    def from_api_name(cls, name: str) -> Self:
        """Return the role with this API name. Raises: KeyError."""
        return cls.__members__[name.upper()]

    @property
    def description(self) -> str:
        return ROLE_DESCRIPTIONS[self]

    @property
    def with_article(self) -> str:
        """The label with its article: `an Owner`, `a Viewer`."""
        return f"{'an' if self.label[0] in 'AEIOU' else 'a'} {self.label}"

    @property
    def or_above(self) -> str:
        """The label of a minimum role: `Administrator or above`, `Owner`."""
        return self.label if self is max(Role) else f"{self.label} or above"

    @property
    def holders_or_above(self) -> str:
        """Everyone with at least this role: `Administrators and Owners`."""
        return get_text_list([f"{role.label}s" for role in Role if role >= self], "and")


ROLE_DESCRIPTIONS: Mapping[Role, str] = MappingProxyType(
    {
        Role.VIEWER: "Read-only access",
        Role.TEAM_MEMBER: "Standard read and write access",
        Role.WORKSPACE_MANAGER: "Extended permissions for workspace management",
        Role.ADMINISTRATOR: "Full access to most endpoints",
        Role.OWNER: "Complete access to all endpoints",
    }
)


def role_bits(*roles: int) -> int:
    """Return the value of `Workspace.available_roles` for these roles.

    Bit n stands for the role with rank n. The column is a signed 64-bit integer.
    """
    return sum(1 << role for role in set(roles))


ALL_ROLES = role_bits(*Role)


def is_role_available(role: int, available_roles: int) -> bool:
    return bool(available_roles >> role & 1)


def role_is_available(role: str, available_roles: str) -> Exact:
    """Return `is_role_available` as a database condition on two columns."""
    bit = F(available_roles).bitrightshift(F(role)).bitand(1)  # type: ignore[arg-type] # the stubs forget expressions
    return Exact(bit, 1)


class Permission(StrEnum):
    """What actors can do, each with its minimum role and a description that starts with a verb."""

    VIEW_WORKSPACE = (
        "view_workspace",
        Role.VIEWER,
        "view the workspace, its members, roles, projects and tokens (masked)",
    )
    MANAGE_SELF = "manage_self", Role.VIEWER, "as a token, rotate, disable or delete itself"
    EDIT_PROJECTS = "edit_projects", Role.TEAM_MEMBER, "create, rename, archive and restore projects"
    DELETE_PROJECTS = "delete_projects", Role.WORKSPACE_MANAGER, "delete projects"
    RENAME_WORKSPACE = "rename_workspace", Role.WORKSPACE_MANAGER, "rename the workspace"
    MANAGE_MEMBERS = "manage_members", Role.WORKSPACE_MANAGER, "invite, change and remove members with a lower role"
    VIEW_MEMBER_ACTIVITY = "view_member_activity", Role.ADMINISTRATOR, "see members' last activity and MFA status"
    CREATE_TOKENS = "create_tokens", Role.WORKSPACE_MANAGER, "create tokens"
    EDIT_TOKENS = "edit_tokens", Role.WORKSPACE_MANAGER, "edit tokens"
    COPY_TOKENS = "copy_tokens", Role.WORKSPACE_MANAGER, "copy tokens, as a member in the console"
    ENABLE_TOKENS = "enable_tokens", Role.ADMINISTRATOR, "enable tokens"
    DISABLE_TOKENS = "disable_tokens", Role.ADMINISTRATOR, "disable tokens"
    ROTATE_TOKENS = "rotate_tokens", Role.ADMINISTRATOR, "rotate tokens"
    DELETE_TOKENS = "delete_tokens", Role.ADMINISTRATOR, "delete tokens"
    VIEW_EVENTS = "view_events", Role.ADMINISTRATOR, "view the event log"
    CONFIGURE_ROLES = "configure_roles", Role.OWNER, "choose which roles are available"
    SET_COPY_POLICY = "set_copy_policy", Role.OWNER, "choose whether tokens can be copied later"
    SET_RATE_LIMIT = "set_rate_limit", Role.OWNER, "set how many requests each token can make per minute"
    SET_EXPIRY_POLICY = "set_expiry_policy", Role.OWNER, "set the maximum lifetime of tokens"
    DELETE_WORKSPACE = "delete_workspace", Role.OWNER, "delete and restore the workspace"
    MANAGE_OWNERS = "manage_owners", Role.OWNER, "add, change and remove Owners"

    minimum_role: Role
    description: str

    def __new__(cls, value: str, minimum_role: Role, description: str) -> Self:
        permission = str.__new__(cls, value)
        permission._value_ = value
        permission.minimum_role = minimum_role
        permission.description = description
        return permission


MINIMUM_ROLE: Mapping[Permission, Role] = MappingProxyType(
    {permission: permission.minimum_role for permission in Permission}
)


def role_has_permission(role: Role, permission: Permission) -> bool:
    return role >= MINIMUM_ROLE[permission]


ROLES_WITH_PERMISSION: Mapping[Permission, frozenset[Role]] = MappingProxyType(
    {permission: frozenset(r for r in Role if role_has_permission(r, permission)) for permission in Permission}
)
"""`role_has_permission`, computed once for the checks of API requests."""


def can_manage_role(role: Role, other: int) -> bool:
    """Return whether someone with `role` can change and remove members with the role `other`.

    They manage members with a lower role. Owners also manage Owners.
    """
    return role_has_permission(role, Permission.MANAGE_MEMBERS) and (other < role or role == Role.OWNER)


def permissions_added_by(role: Role) -> list[Permission]:
    """Return the permissions that `role` has and lower roles don't."""
    return [permission for permission in Permission if MINIMUM_ROLE[permission] == role]


def permissions_of(role: Role) -> list[Permission]:
    return [permission for permission in Permission if role_has_permission(role, permission)]
