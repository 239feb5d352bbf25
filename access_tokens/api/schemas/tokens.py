"""Access tokens as they go over the wire."""

from typing import Annotated, Any, Literal

from django.utils import timezone
from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from access_tokens.authentication.lookup import TokenRow
from access_tokens.models import AccessToken, AccessTokenQuerySet, ExpiryRange, Status
from access_tokens.operations import MAX_OVERLAP, TokenChange
from access_tokens.token_format import mask
from workspaces.api.schemas.common import (
    LEFT_OUT,
    WHOLE,
    GivenInstant,
    Instant,
    Name,
    Page,
    RequestBody,
    Words,
    example,
    page_example,
)
from workspaces.api.schemas.workspaces import NORTHWIND, WorkspaceRef
from workspaces.permissions import Role, RoleName

type StatusName = Literal["active", "disabled", "expired", "scope_unavailable", "workspace_deleted"]
type ExpiryName = Literal["soon", "later", "past", "never"]
type SortName = Literal[
    "label",
    "-label",
    "key_id",
    "-key_id",
    "scope",
    "-scope",
    "created_at",
    "-created_at",
    "expires_at",
    "-expires_at",
    "id",
    "-id",
    "created_by",
    "-created_by",
    "last_used_at",
    "-last_used_at",
    "status",
    "-status",
]
BACKUP = {
    "id": "priya@northwind.example_7fK2mQ9xLp",
    "key_id": "7fK2mQ9xLp",
    "label": "Nightly backup",
    "scope": "viewer",
    "status": "active",
    "masked": "lkey_7fK2m…",
    "created_at": "2026-11-24T09:30:00Z",
    "created_by": "priya@northwind.example",
    "expires_at": "2027-01-31T23:59:59Z",
    "last_used_at": "2026-11-24T10:00:00Z",
    "parent": None,
    "rotation": None,
}
API_NAMES = {role.value: role.api_name for role in Role}
NO_REAL_SECRET = f"lkey_7fK2mQ9xLp{'…' * 49}"


class RotationOut(Schema):
    """A rotation under way: when the old secret ends, and whether it was used since."""

    previous_secret_expires_at: Instant
    previous_secret_last_used_at: Instant | None
    previous_secret_use_count: int


class TokenOut(Schema):
    """An access token as lists show it: never the secret. `parent` is the key id of the token that made it."""

    model_config = ConfigDict(json_schema_extra=example(**BACKUP))

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
    rotation: RotationOut | None


class NewTokenOut(TokenOut):
    """The only answer that holds the whole token."""

    model_config = ConfigDict(json_schema_extra=example(**{**BACKUP, "last_used_at": None}, token=NO_REAL_SECRET))

    token: str


class TokenPage(Page[TokenOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**BACKUP))


class MeOut(Schema):
    """The token that calls: what it is, where it belongs, what it may do."""

    model_config = ConfigDict(
        json_schema_extra=example(token=BACKUP, workspace=NORTHWIND, permissions=["view_workspace", "manage_self"])
    )

    token: TokenOut
    workspace: WorkspaceRef
    permissions: list[str]


class TokenIn(RequestBody):
    """A new token. Without `expires_at` it never expires."""

    model_config = ConfigDict(
        json_schema_extra=example(label="Nightly backup", scope="viewer", expires_at="2027-01-31T23:59:59Z")
    )

    label: Name
    scope: RoleName
    expires_at: GivenInstant | None = None


class TokenPatch(RequestBody):
    """Fields that are left out stay as they are; `expires_at: null` means never."""

    model_config = ConfigDict(json_schema_extra=example(label="Weekly backup"))

    label: Name = LEFT_OUT
    scope: RoleName = LEFT_OUT
    expires_at: GivenInstant | None = LEFT_OUT


class RotationIn(RequestBody):
    """`overlap_seconds`: how long the old secret works beside the new one, at most 7 days."""

    model_config = ConfigDict(json_schema_extra=example(overlap_seconds=3600))

    overlap_seconds: Annotated[int, Field(ge=0, le=int(MAX_OVERLAP.total_seconds())), WHOLE] = 0


class TokenFilter(Schema):
    """Which tokens a list holds, and in which order. The names are those of the console's addresses."""

    status: StatusName | None = None
    scope: RoleName | None = None
    q: Annotated[Words, StringConstraints(max_length=200)] = ""
    expires: ExpiryName | None = None
    created_after: GivenInstant | None = None
    expires_before: GivenInstant | None = None
    last_used_before: GivenInstant | None = None
    sort: SortName = "-created_at"

    def found_in(self, tokens: AccessTokenQuerySet) -> AccessTokenQuerySet:
        """Tokens for which all that is given is true, sorted. Those without an end, or never used, are before none."""
        if self.q:
            tokens = tokens.search(self.q)
        if self.status:
            tokens = tokens.filter_status(Status(self.status))
        if self.scope:
            tokens = tokens.filter(scope=scope_of(self.scope))
        if self.expires:
            tokens = tokens.filter_expiry(ExpiryRange(self.expires))
        bounds = {
            "created_at__gt": self.created_after,
            "expires_at__lt": self.expires_before,
            "last_used_at__lt": self.last_used_before,
        }
        return tokens.filter(**{lookup: instant for lookup, instant in bounds.items() if instant}).sorted_by(self.sort)


def token_fields(token: AccessToken) -> dict[str, Any]:
    """The fields of `TokenOut`."""
    return {
        "id": token.token_id,
        "key_id": token.key_id,
        "label": token.label,
        "scope": token.scope_role.api_name,
        "status": token.status.value,
        "masked": token.masked,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "parent": token.parent.key_id if token.parent else None,
        "rotation": rotation_out(token),
    }


def row_fields(row: TokenRow) -> dict[str, Any]:
    """The same, of the row of a token which is active, without an object for it."""
    old = row.previous_secret_expires_at
    return {
        "id": f"{row.creator_email}_{row.key_id}",
        "key_id": row.key_id,
        "label": row.label,
        "scope": API_NAMES[row.scope],
        "status": "active",
        "masked": mask(row.key_id),
        "created_at": row.created_at,
        "created_by": row.creator__email or row.creator_email,
        "expires_at": row.expires_at,
        "last_used_at": row.last_used_at,
        "parent": row.parent__key_id,
        "rotation": None
        if old is None or old <= timezone.now()
        else {
            "previous_secret_expires_at": old,
            "previous_secret_last_used_at": row.previous_secret_last_used_at,
            "previous_secret_use_count": row.previous_secret_use_count,
        },
    }


def token_out(token: AccessToken) -> TokenOut:
    return TokenOut(**token_fields(token))


def rotation_out(token: AccessToken) -> RotationOut | None:
    if not token.is_rotating or token.previous_secret_expires_at is None:
        return None
    return RotationOut(
        previous_secret_expires_at=token.previous_secret_expires_at,
        previous_secret_last_used_at=token.previous_secret_last_used_at,
        previous_secret_use_count=token.previous_secret_use_count,
    )


def scope_of(name: RoleName) -> Role:
    return Role.from_api_name(name)


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
