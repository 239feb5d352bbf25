from datetime import datetime
from typing import Annotated, Any, Literal, cast

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from access_tokens.models import AccessTokenQuerySet, ExpiryRange, Status
from access_tokens.operations import MAX_OVERLAP, NewTokenFields, TokenChange
from workspaces.api.schemas.common import (
    UNSET,
    WHOLE_NUMBER,
    Name,
    Page,
    RequestBody,
    RequestTime,
    SearchText,
    example,
    page_example,
)
from workspaces.api.schemas.workspaces import WORKSPACE_REF_EXAMPLE, WorkspaceRef
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
TOKEN_EXAMPLE = {
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
EXAMPLE_SECRET = f"lkey_7fK2mQ9xLp{'…' * 49}"
API_NAMES = {role.value: role.api_name for role in Role}


class RotationOut(Schema):
    """The overlap period of a rotation: until when the previous secret works, and its use since the rotation."""

    previous_secret_expires_at: datetime
    previous_secret_last_used_at: datetime | None
    previous_secret_use_count: int


class TokenOut(Schema):
    """An access token, without its secret.

    `masked` is the start of the token. `parent` is the key ID of the token that created this one. `rotation` is null
    unless the previous secret still works.
    """

    model_config = ConfigDict(json_schema_extra=example(**TOKEN_EXAMPLE))

    id: str
    key_id: str
    label: str
    scope: RoleName
    status: StatusName
    masked: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    parent: str | None
    rotation: RotationOut | None


class NewTokenOut(TokenOut):
    """An access token with its new secret. No other response contains `token`."""

    model_config = ConfigDict(
        json_schema_extra=example(**{**TOKEN_EXAMPLE, "last_used_at": None}, token=EXAMPLE_SECRET)
    )

    token: str


class TokenPage(Page[TokenOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**TOKEN_EXAMPLE))


class MeOut(Schema):
    """The token that sent the request, its workspace and its permissions."""

    model_config = ConfigDict(
        json_schema_extra=example(
            token=TOKEN_EXAMPLE, workspace=WORKSPACE_REF_EXAMPLE, permissions=["view_workspace", "manage_self"]
        )
    )

    token: TokenOut
    workspace: WorkspaceRef
    permissions: list[str]


class TokenIn(RequestBody):
    """A new token. Without `expires_at`, it never expires."""

    model_config = ConfigDict(
        json_schema_extra=example(label="Nightly backup", scope="viewer", expires_at="2027-01-31T23:59:59Z")
    )

    label: Name
    scope: RoleName
    expires_at: RequestTime | None = None

    def token_fields(self) -> NewTokenFields:
        """Return the fields, as operations take them."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return cast("NewTokenFields", {**fields, "scope": Role.from_api_name(self.scope)})


class TokenPatch(RequestBody):
    """Changes to a token. Omitted fields stay as they are. `expires_at: null` means that the token never expires."""

    model_config = ConfigDict(json_schema_extra=example(label="Weekly backup"))

    label: Name = UNSET
    scope: RoleName = UNSET
    expires_at: RequestTime | None = UNSET

    def token_change(self) -> TokenChange:
        """Return the fields that were sent, as operations take them."""
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        if "scope" in fields:
            fields["scope"] = Role.from_api_name(self.scope)
        return cast("TokenChange", fields)


class RotationIn(RequestBody):
    """The overlap period, at most 7 days. By default, the previous secret stops working at once."""

    model_config = ConfigDict(json_schema_extra=example(overlap_seconds=3600))

    overlap_seconds: Annotated[int, Field(ge=0, le=int(MAX_OVERLAP.total_seconds())), WHOLE_NUMBER] = 0


def _filter(description: str, example: str, default: Any = None) -> Any:
    return Field(default, description=description, examples=[example])


class TokenFilter(Schema):
    """Filters and order of a list of tokens, named as in the console's URLs."""

    status: StatusName | None = _filter("A state of the token. A token can have several, such as disabled.", "active")
    scope: RoleName | None = _filter("The token's scope.", "viewer")
    q: Annotated[SearchText, StringConstraints(max_length=200)] = _filter(
        "Text in the label, the token ID, or the name or e-mail of the creator.", "backup", ""
    )
    expires: ExpiryName | None = _filter("When the token expires. `soon` means within 14 days.", "soon")
    created_after: RequestTime | None = _filter("Only tokens created after this time.", "2026-11-01T00:00:00Z")
    expires_before: RequestTime | None = _filter(
        "Only tokens that expire before this time. Excludes non-expiring tokens.", "2027-01-01T00:00:00Z"
    )
    last_used_before: RequestTime | None = _filter(
        "Only tokens last used before this time. Excludes tokens that were never used.", "2026-11-01T00:00:00Z"
    )
    sort: SortName = _filter(
        "The field to sort by. Prefix with `-` to sort in descending order.", "-created_at", "-created_at"
    )

    def apply(self, tokens: AccessTokenQuerySet) -> AccessTokenQuerySet:
        """Return the tokens that match all filters, sorted."""
        if self.q:
            tokens = tokens.search(self.q)
        if self.status:
            tokens = tokens.filter_status(Status(self.status))
        if self.scope:
            tokens = tokens.filter(scope=Role.from_api_name(self.scope))
        if self.expires:
            tokens = tokens.filter_expiry(ExpiryRange(self.expires))
        limits = {
            "created_at__gt": self.created_after,
            "expires_at__lt": self.expires_before,
            "last_used_at__lt": self.last_used_before,
        }
        return tokens.filter(**{lookup: limit for lookup, limit in limits.items() if limit}).sorted_by(self.sort)
