"""What goes over the wire."""

import re
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

from access_tokens.models import AccessToken, AccessTokenQuerySet, Status
from access_tokens.operations import TokenChange
from access_tokens.roles import RoleUse
from workspaces.models import Event, Membership, Project, Workspace
from workspaces.permissions import Role, RoleName

StatusName = Literal["active", "disabled", "expired", "scope_unavailable"]


def rfc3339(instant: datetime) -> str:
    """`2026-11-24T09:30:00Z` (RFC 3339, 5.6): always UTC, whole seconds."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


Instant = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
Text = Annotated[str, StringConstraints(max_length=1000)]


RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def _only_rfc3339(value: Any) -> Any:
    """Seconds since 1970 and the like, which pydantic would take too, are no instants here (RFC 3339, 5.6)."""
    if isinstance(value, str) and RFC_3339.fullmatch(value):
        return value
    raise ValueError("Send a time as RFC 3339 text with its offset, for example 2027-01-31T12:00:00Z.")


GivenInstant = Annotated[AwareDatetime, BeforeValidator(_only_rfc3339), Field(strict=False)]


LEFT_OUT: Any = None
"""The default of a field that may be left out, but not be null: `model_fields_set` tells whether it came."""


class RequestBody(Schema):
    """A body with no field but ours."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WorkspaceOut(Schema):
    slug: str
    name: str


class TokenOut(Schema):
    """An access token as lists show it: never the secret."""

    id: str
    key_id: str
    label: str
    scope: RoleName
    status: StatusName
    masked: str
    created_at: Instant
    created_by: str
    expires_at: Instant | None
    last_used_at: Instant | None
    parent: str | None


class NewTokenOut(TokenOut):
    """The only answer that holds the whole token."""

    token: str


class TokenIn(RequestBody):
    label: Text
    scope: RoleName
    expires_at: GivenInstant | None = None


class TokenPatch(RequestBody):
    """Fields that are left out stay as they are; `expires_at: null` means never."""

    label: Text = LEFT_OUT
    scope: RoleName = LEFT_OUT
    expires_at: GivenInstant | None = LEFT_OUT


def _without_nul(words: str) -> str:
    if "\0" in words:
        raise ValueError("Leave out the NUL character.")
    return words


class TokenFilter(Schema):
    """Which tokens a list holds: those for which all that is given is true. The names are those of the console."""

    status: StatusName | None = None
    scope: RoleName | None = None
    q: Annotated[str, StringConstraints(max_length=200), AfterValidator(_without_nul)] = ""
    created_after: GivenInstant | None = None
    expires_before: GivenInstant | None = None
    last_used_before: GivenInstant | None = None

    def found_in(self, tokens: AccessTokenQuerySet) -> AccessTokenQuerySet:
        """Tokens that have no end, or were never used, are before none."""
        if self.q:
            tokens = tokens.matching(self.q)
        if self.status:
            tokens = tokens.in_state(Status(self.status))
        if self.scope:
            tokens = tokens.filter(scope=scope_of(self.scope))
        bounds = {
            "created_at__gt": self.created_after,
            "expires_at__lt": self.expires_before,
            "last_used_at__lt": self.last_used_before,
        }
        return tokens.filter(**{lookup: instant for lookup, instant in bounds.items() if instant})


class ProjectOut(Schema):
    """A project. `archived_at` is null unless it is put away."""

    id: uuid.UUID
    name: str
    created_at: Instant
    archived_at: Instant | None


class ProjectIn(RequestBody):
    name: Text


class ProjectPatch(RequestBody):
    """Fields that are left out stay as they are. A project that is archived is brought back before it is renamed."""

    name: Text = LEFT_OUT
    archived: bool = LEFT_OUT


class MeOut(Schema):
    token: TokenOut
    workspace: WorkspaceOut
    permissions: list[str]


class MemberOut(Schema):
    email: str
    name: str
    role: RoleName
    joined_at: Instant


class MemberPatch(RequestBody):
    role: RoleName


class RoleOut(Schema):
    """A role: is it available in the workspace, and how many members and tokens have it?"""

    role: RoleName
    label: str
    meaning: str
    available: bool
    members: int
    tokens: int


class RolesIn(RequestBody):
    """All roles that are to be available. Owner always is."""

    available: list[RoleName]


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

    id: int
    at: Instant
    kind: str
    actor: ActorOut
    subject: SubjectOut
    changes: dict[str, list[Any]]
    address: str | None
    request_id: str


class Page[Item](Schema):
    """One page of a list. `next` is the cursor of the next one, null on the last."""

    items: list[Item]
    next: str | None


class IntrospectionOut(Schema):
    """RFC 7662, 2.2. `sub` is the key id, `client_id` the token id; `exp` and `iat` are seconds since 1970."""

    active: bool
    scope: RoleName | None = None
    sub: str | None = None
    client_id: str | None = None
    token_type: Literal["Bearer"] | None = None
    exp: int | None = None
    iat: int | None = None
    iss: str | None = None
    workspace: str | None = None


class TokenPage(Page[TokenOut]): ...


class WorkspacePage(Page[WorkspaceOut]): ...


class ProjectPage(Page[ProjectOut]): ...


class MemberPage(Page[MemberOut]): ...


class RolePage(Page[RoleOut]): ...


class EventPage(Page[EventOut]): ...


def workspace_out(workspace: Workspace) -> WorkspaceOut:
    return WorkspaceOut(slug=workspace.slug, name=workspace.name)


def project_out(project: Project) -> ProjectOut:
    return ProjectOut(id=project.pk, name=project.name, created_at=project.created_at, archived_at=project.archived_at)


def introspection_of(token: AccessToken, *, issuer: str) -> IntrospectionOut:
    """What an active token is to a service that received it."""
    return IntrospectionOut(
        active=True,
        scope=token.scope_role.wire_name,
        sub=token.key_id,
        client_id=token.token_id,
        token_type="Bearer",
        exp=int(token.expires_at.timestamp()) if token.expires_at else None,
        iat=int(token.created_at.timestamp()),
        iss=issuer,
        workspace=token.workspace.slug,
    )


def member_out(member: Membership) -> MemberOut:
    return MemberOut(
        email=member.user.email,
        name=member.user.display_name,
        role=Role(member.role).wire_name,
        joined_at=member.joined_at,
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


def token_fields(token: AccessToken) -> dict[str, Any]:
    """The fields of `TokenOut`."""
    return {
        "id": token.token_id,
        "key_id": token.key_id,
        "label": token.label,
        "scope": token.scope_role.wire_name,
        "status": token.status.value,
        "masked": token.masked,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "parent": token.parent.key_id if token.parent else None,
    }


def token_out(token: AccessToken) -> TokenOut:
    return TokenOut(**token_fields(token))


def scope_of(name: RoleName) -> Role:
    return Role.from_wire(name)


def change_of(patch: TokenPatch) -> TokenChange:
    """The fields that came, as operations take them."""
    change = TokenChange()
    if "label" in patch.model_fields_set:
        change["label"] = patch.label
    if "scope" in patch.model_fields_set:
        change["scope"] = scope_of(patch.scope)
    if "expires_at" in patch.model_fields_set:
        change["expires_at"] = patch.expires_at
    return change
