"""Workspaces, their members, roles and projects, as they go over the wire."""

import uuid
from typing import Annotated, Any, Literal, cast

from ninja import Schema
from pydantic import ConfigDict, Field

from access_tokens.expiry_policy import ExpiryPolicyChange
from access_tokens.role_usage import RoleUsage
from workspaces.api.schemas.common import LEFT_OUT, WHOLE, Instant, Name, Page, RequestBody, example, page_example
from workspaces.models import Membership, Project, Workspace
from workspaces.models.workspace import MAX_DAYS, MAX_REQUESTS_PER_MINUTE
from workspaces.permissions import Role, RoleName

type CopyPolicyName = Literal["encrypted", "show_once"]
type DefaultExpiryName = Literal["1w", "1m", "6m", "1y", "never"]
type ExistingTokens = Literal["keep", "cap"]

NORTHWIND = {"slug": "northwind", "name": "Northwind"}
FIRST_DAY = "2026-01-12T08:00:00Z"
WORKSPACE = {
    **NORTHWIND,
    "created_at": FIRST_DAY,
    "copy_policy": "encrypted",
    "requests_per_minute": 600,
    "max_lifetime_days": 90,
    "non_expiring_allowed": False,
    "default_expiry": "1m",
}
VIEWER = {
    "role": "viewer",
    "label": "Viewer",
    "description": "Read-only access",
    "available": True,
    "members": 3,
    "tokens": 12,
}
SITE = {"id": "0b5b6d0e-3f43-4a3e-9a0e-6f2f0a2b7c11", "name": "Website", "created_at": FIRST_DAY, "archived_at": None}
PRIYA = {
    "email": "priya@northwind.example",
    "name": "Priya Raman",
    "role": "workspace_manager",
    "joined_at": FIRST_DAY,
    "active": True,
}


class WorkspaceRef(Schema):
    """Which workspace something belongs to."""

    slug: str
    name: str


class WorkspaceOut(WorkspaceRef):
    """A workspace. `requests_per_minute`: how many calls each of its tokens may make.

    `max_lifetime_days`: how far ahead an expiry may lie when it is chosen, null for any; `non_expiring_allowed`: may a
    token have none; `default_expiry`: what the console proposes.
    """

    model_config = ConfigDict(json_schema_extra=example(**WORKSPACE))

    created_at: Instant
    copy_policy: CopyPolicyName
    requests_per_minute: int
    max_lifetime_days: int | None
    non_expiring_allowed: bool
    default_expiry: DefaultExpiryName


class WorkspacePatch(RequestBody):
    """Fields that are left out stay as they are; `requests_per_minute: null` means the operator's default.

    `max_lifetime_days: null` means none; with one, `non_expiring_allowed` becomes false. `existing_tokens` says what
    becomes of tokens that live longer than the rules allow: `keep` lets them live until they expire, `cap` cuts them.
    """

    model_config = ConfigDict(json_schema_extra=example(name="Northwind Traders", requests_per_minute=1200))

    name: Name = LEFT_OUT
    copy_policy: CopyPolicyName = LEFT_OUT
    requests_per_minute: Annotated[int, Field(ge=1, le=MAX_REQUESTS_PER_MINUTE), WHOLE] | None = LEFT_OUT
    max_lifetime_days: Annotated[int, Field(ge=1, le=MAX_DAYS), WHOLE] | None = LEFT_OUT
    non_expiring_allowed: bool = LEFT_OUT
    default_expiry: DefaultExpiryName = LEFT_OUT
    existing_tokens: ExistingTokens = "keep"


class WorkspacePage(Page[WorkspaceOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**WORKSPACE))


class MemberOut(Schema):
    """A person with one role in the workspace. `active`: false for somebody whom an operator lets in no more."""

    model_config = ConfigDict(json_schema_extra=example(**PRIYA))

    email: str
    name: str
    role: RoleName
    joined_at: Instant
    active: bool


class MemberPatch(RequestBody):
    model_config = ConfigDict(json_schema_extra=example(role="team_member"))

    role: RoleName


class MemberPage(Page[MemberOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**PRIYA))


class RoleOut(Schema):
    """A role: is it available in the workspace, and how many members and tokens have it?"""

    model_config = ConfigDict(json_schema_extra=example(**VIEWER))

    role: RoleName
    label: str
    description: str
    available: bool
    members: int
    tokens: int


class RolesIn(RequestBody):
    """All roles that are to be available. Owner always is."""

    model_config = ConfigDict(json_schema_extra=example(available=["viewer", "team_member", "administrator", "owner"]))

    available: list[RoleName]


class RolePage(Page[RoleOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**VIEWER))


class ProjectOut(Schema):
    """A named thing which the scope `team_member` may write. `archived_at`: since when it is put away."""

    model_config = ConfigDict(json_schema_extra=example(**SITE))

    id: uuid.UUID
    name: str
    created_at: Instant
    archived_at: Instant | None


class ProjectIn(RequestBody):
    model_config = ConfigDict(json_schema_extra=example(name="Website"))

    name: Name


class ProjectPatch(RequestBody):
    """Fields that are left out stay as they are. A project that is archived is brought back before it is renamed."""

    model_config = ConfigDict(json_schema_extra=example(name="Web shop", archived=False))

    name: Name = LEFT_OUT
    archived: bool = LEFT_OUT


class ProjectPage(Page[ProjectOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**SITE))


def workspace_ref(workspace: Workspace) -> WorkspaceRef:
    return WorkspaceRef(slug=workspace.slug, name=workspace.name)


def workspace_out(workspace: Workspace) -> WorkspaceOut:
    return WorkspaceOut(
        slug=workspace.slug,
        name=workspace.name,
        created_at=workspace.created_at,
        copy_policy=cast("CopyPolicyName", workspace.copy_policy),
        requests_per_minute=workspace.requests_per_minute,
        max_lifetime_days=workspace.max_lifetime_days,
        non_expiring_allowed=workspace.non_expiring_allowed,
        default_expiry=cast("DefaultExpiryName", workspace.default_expiry),
    )


def expiry_policy_from(patch: WorkspacePatch) -> dict[str, Any]:
    """The rules for lifetimes that came, and what becomes of longer-lived tokens, as the operation takes them."""
    given = patch.model_fields_set
    change = {field: getattr(patch, field) for field in ExpiryPolicyChange.__annotations__ if field in given}
    return (
        {**change, "cap_existing_tokens": patch.existing_tokens == "cap"}
        if change or "existing_tokens" in given
        else {}
    )


def member_out(member: Membership) -> MemberOut:
    return MemberOut(
        email=member.user.email,
        name=member.user.display_name,
        role=Role(member.role).api_name,
        joined_at=member.joined_at,
        active=member.user.is_active,
    )


def role_out(row: RoleUsage) -> RoleOut:
    return RoleOut(
        role=row.role.api_name,
        label=row.role.label,
        description=row.role.description,
        available=row.is_available,
        members=row.members,
        tokens=row.tokens,
    )


def project_out(project: Project) -> ProjectOut:
    return ProjectOut(id=project.pk, name=project.name, created_at=project.created_at, archived_at=project.archived_at)
