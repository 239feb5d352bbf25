"""Workspaces, their members, roles, projects and events, as they go over the wire."""

import uuid
from typing import Annotated, Any, Literal, cast

from ninja import Schema
from pydantic import ConfigDict, Field

from access_tokens.api.schemas.common import (
    LEFT_OUT,
    WHOLE,
    Instant,
    Name,
    Page,
    RequestBody,
    example,
    page_example,
)
from access_tokens.roles import RoleUse
from workspaces.models import Event, Membership, Project, Workspace
from workspaces.models.workspace import MOST_CALLS_PER_MINUTE
from workspaces.permissions import Role, RoleName

type CopyPolicyName = Literal["sealed", "show_once"]

NORTHWIND = {"slug": "northwind", "name": "Northwind"}
FIRST_DAY = "2026-01-12T08:00:00Z"
WORKSPACE = {**NORTHWIND, "created_at": FIRST_DAY, "copy_policy": "sealed", "calls_per_minute": 600}
VIEWER = {
    "role": "viewer",
    "label": "Viewer",
    "meaning": "Read-only access",
    "available": True,
    "members": 3,
    "tokens": 12,
}
EDITED = {
    "id": 4711,
    "at": "2026-11-24T09:30:00Z",
    "kind": "token.edited",
    "actor": {"kind": "member", "name": "priya@northwind.example"},
    "subject": {"id": "priya@northwind.example_7fK2mQ9xLp", "name": "Nightly backup"},
    "changes": {"scope": ["viewer", "team_member"]},
    "address": "203.0.113.7",
    "request_id": "3f1c9d526a534d2e9a540c2f6a1de0aa",
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
    """A workspace. `calls_per_minute`: how many calls each of its tokens may make."""

    model_config = ConfigDict(json_schema_extra=example(**WORKSPACE))

    created_at: Instant
    copy_policy: CopyPolicyName
    calls_per_minute: int


class WorkspacePatch(RequestBody):
    """Fields that are left out stay as they are; `calls_per_minute: null` means the operator's default."""

    model_config = ConfigDict(json_schema_extra=example(name="Northwind Traders", calls_per_minute=1200))

    name: Name = LEFT_OUT
    copy_policy: CopyPolicyName = LEFT_OUT
    calls_per_minute: Annotated[int, Field(ge=1, le=MOST_CALLS_PER_MINUTE), WHOLE] | None = LEFT_OUT


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
    meaning: str
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


class ActorOut(Schema):
    """Who acted: `kind` is member, token, operator, command or system; `name` an e-mail, a token id, a command."""

    kind: str
    name: str


class SubjectOut(Schema):
    """What it happened to, by its public id and its name at that time. It may be gone since."""

    id: str
    name: str


class EventOut(Schema):
    """One row of the audit log. `changes`: field to what it was before and what it was after."""

    model_config = ConfigDict(json_schema_extra=example(**EDITED))

    id: int
    at: Instant
    kind: str
    actor: ActorOut
    subject: SubjectOut
    changes: Annotated[dict[str, list[Any]], Field(description="Field to [before, after].")]
    address: str | None
    request_id: str


class EventPage(Page[EventOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**EDITED))


def workspace_ref(workspace: Workspace) -> WorkspaceRef:
    return WorkspaceRef(slug=workspace.slug, name=workspace.name)


def workspace_out(workspace: Workspace) -> WorkspaceOut:
    return WorkspaceOut(
        slug=workspace.slug,
        name=workspace.name,
        created_at=workspace.created_at,
        copy_policy=cast("CopyPolicyName", workspace.copy_policy),
        calls_per_minute=workspace.calls_per_minute,
    )


def member_out(member: Membership) -> MemberOut:
    return MemberOut(
        email=member.user.email,
        name=member.user.display_name,
        role=Role(member.role).wire_name,
        joined_at=member.joined_at,
        active=member.user.is_active,
    )


def role_out(row: RoleUse) -> RoleOut:
    return RoleOut(
        role=row.role.wire_name,
        label=row.role.label,
        meaning=row.role.meaning,
        available=row.is_on,
        members=row.members,
        tokens=row.tokens,
    )


def project_out(project: Project) -> ProjectOut:
    return ProjectOut(id=project.pk, name=project.name, created_at=project.created_at, archived_at=project.archived_at)


def event_out(event: Event) -> EventOut:
    return EventOut(
        id=event.pk,
        at=event.at,
        kind=event.kind,
        actor=ActorOut(kind=event.actor_kind, name=event.actor_name),
        subject=SubjectOut(id=event.subject_id, name=event.subject_name),
        changes=event.changes,
        address=event.address,
        request_id=event.request_id,
    )
