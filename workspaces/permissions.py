"""Who may do what: one table for both sides. A member acts with their role, a token with its scope."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, Self, cast

from django.db import models
from django.db.models import F
from django.db.models.lookups import Exact

type RoleName = Literal["viewer", "team_member", "workspace_manager", "administrator", "owner"]
"""What a role is called in the API."""


class Role(models.IntegerChoices):
    """The roles of members and scopes of tokens, from least to most access.

    The values are ranks: the database stores, compares and sorts by them. They have gaps, so that a new role can be
    inserted without renumbering. A rank is at most 62 (see `role_bits`).

    To add a role, add it here, to `RoleName`, `ROLE_DESCRIPTIONS` and, if it is the minimum role of a permission, to
    `MINIMUM_ROLE`. Then run `makemigrations`: the database constraints change. The role is switched off in existing
    workspaces until an Owner switches it on.
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
        """Raises: KeyError, if no role has this wire name."""
        return cls.__members__[name.upper()]

    @property
    def description(self) -> str:
        """What a token with this scope may do, in a line."""
        return ROLE_DESCRIPTIONS[self]

    @property
    def article(self) -> str:
        """The label with its article: `an Owner`, `a Viewer`."""
        return f"{'an' if self.label[0] in 'AO' else 'a'} {self.label}"

    @property
    def or_above(self) -> str:
        """The label as the least role that would do: `Viewer or above`; there is none above `Owner`."""
        return self.label if self is max(Role) else f"{self.label} or above"


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


def role_is_available(role: str, available_roles: str) -> Exact:  # type: ignore[type-arg] # takes no type at run time
    """Return `is_role_available` as a database condition on two columns."""
    return Exact(F(available_roles).bitrightshift(F(role)).bitand(1), 1)


class Permission(StrEnum):
    VIEW_WORKSPACE = "view_workspace"
    MANAGE_SELF = "manage_self"
    EDIT_PROJECTS = "edit_projects"
    DELETE_PROJECTS = "delete_projects"
    RENAME_WORKSPACE = "rename_workspace"
    MANAGE_MEMBERS = "manage_members"
    VIEW_MEMBER_ACTIVITY = "view_member_activity"
    CREATE_TOKENS = "create_tokens"
    EDIT_TOKENS = "edit_tokens"
    COPY_TOKENS = "copy_tokens"
    ENABLE_TOKENS = "enable_tokens"
    DISABLE_TOKENS = "disable_tokens"
    ROTATE_TOKENS = "rotate_tokens"
    DELETE_TOKENS = "delete_tokens"
    VIEW_EVENTS = "view_events"
    CONFIGURE_ROLES = "configure_roles"
    SET_COPY_POLICY = "set_copy_policy"
    SET_RATE_LIMIT = "set_rate_limit"
    SET_EXPIRY_POLICY = "set_expiry_policy"
    DELETE_WORKSPACE = "delete_workspace"
    MANAGE_OWNERS = "manage_owners"

    @property
    def description(self) -> str:
        """What it allows, in plain words that go on after `may`."""
        return PERMISSION_DESCRIPTIONS[self]


PERMISSION_DESCRIPTIONS: Mapping[Permission, str] = MappingProxyType(
    {
        Permission.VIEW_WORKSPACE: "see the workspace, its members, roles, projects, and tokens, which are masked",
        Permission.MANAGE_SELF: "as a token: rotate, disable or delete itself",
        Permission.EDIT_PROJECTS: "create, rename, archive and bring back projects",
        Permission.DELETE_PROJECTS: "delete projects",
        Permission.RENAME_WORKSPACE: "rename the workspace",
        Permission.MANAGE_MEMBERS: "invite, change and remove members who stand below",
        Permission.VIEW_MEMBER_ACTIVITY: "see when members were last here, and who has MFA on",
        Permission.CREATE_TOKENS: "create tokens",
        Permission.EDIT_TOKENS: "edit tokens",
        Permission.COPY_TOKENS: "copy tokens, as a person in the console",
        Permission.ENABLE_TOKENS: "enable tokens",
        Permission.DISABLE_TOKENS: "disable tokens",
        Permission.ROTATE_TOKENS: "rotate tokens",
        Permission.DELETE_TOKENS: "delete tokens",
        Permission.VIEW_EVENTS: "read the event log",
        Permission.CONFIGURE_ROLES: "choose which roles are available",
        Permission.SET_COPY_POLICY: "choose whether tokens may be copied later",
        Permission.SET_RATE_LIMIT: "choose how many calls a minute each token may make",
        Permission.SET_EXPIRY_POLICY: "choose how long tokens may live",
        Permission.DELETE_WORKSPACE: "delete the workspace, and bring it back",
        Permission.MANAGE_OWNERS: "make, change and remove Owners",
    }
)

MINIMUM_ROLE: Mapping[Permission, Role] = MappingProxyType(
    {
        Permission.VIEW_WORKSPACE: Role.VIEWER,
        Permission.MANAGE_SELF: Role.VIEWER,
        Permission.EDIT_PROJECTS: Role.TEAM_MEMBER,
        Permission.DELETE_PROJECTS: Role.WORKSPACE_MANAGER,
        Permission.RENAME_WORKSPACE: Role.WORKSPACE_MANAGER,
        Permission.MANAGE_MEMBERS: Role.WORKSPACE_MANAGER,
        Permission.VIEW_MEMBER_ACTIVITY: Role.ADMINISTRATOR,
        Permission.CREATE_TOKENS: Role.WORKSPACE_MANAGER,
        Permission.EDIT_TOKENS: Role.WORKSPACE_MANAGER,
        Permission.COPY_TOKENS: Role.WORKSPACE_MANAGER,
        Permission.ENABLE_TOKENS: Role.ADMINISTRATOR,
        Permission.DISABLE_TOKENS: Role.ADMINISTRATOR,
        Permission.ROTATE_TOKENS: Role.ADMINISTRATOR,
        Permission.DELETE_TOKENS: Role.ADMINISTRATOR,
        Permission.VIEW_EVENTS: Role.ADMINISTRATOR,
        Permission.CONFIGURE_ROLES: Role.OWNER,
        Permission.SET_COPY_POLICY: Role.OWNER,
        Permission.SET_RATE_LIMIT: Role.OWNER,
        Permission.SET_EXPIRY_POLICY: Role.OWNER,
        Permission.DELETE_WORKSPACE: Role.OWNER,
        Permission.MANAGE_OWNERS: Role.OWNER,
    }
)


def role_has_permission(role: Role, permission: Permission) -> bool:
    """The whole rule: a role may do what it or a weaker one is listed for."""
    return role >= MINIMUM_ROLE[permission]


def can_manage_role(role: Role, other: int) -> bool:
    """May who has `role` change and remove members with the role `other`? Those who stand below; Owners also Owners."""
    return role_has_permission(role, Permission.MANAGE_MEMBERS) and (other < role or role == Role.OWNER)


def permissions_added_by(role: Role) -> list[Permission]:
    """What `role` may do and no weaker one, in the table's order."""
    return [permission for permission in Permission if MINIMUM_ROLE[permission] == role]


def permissions_of(role: Role) -> list[Permission]:
    """Everything `role` may do, in the table's order."""
    return [permission for permission in Permission if role_has_permission(role, permission)]
