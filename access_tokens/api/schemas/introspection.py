from typing import Literal

from ninja import Schema
from pydantic import ConfigDict

from access_tokens.authentication.request_auth import Principal
from workspaces.api.schemas.common import example
from workspaces.permissions import RoleName


class IntrospectionOut(Schema):
    """The response to an introspection (RFC 7662, section 2.2).

    `sub` is the key ID, `client_id` the token ID. `exp` and `iat` are Unix timestamps.
    """

    model_config = ConfigDict(
        json_schema_extra=example(
            active=True,
            scope="viewer",
            sub="7fK2mQ9xLp",
            client_id="priya@northwind.example_7fK2mQ9xLp",
            token_type="Bearer",
            exp=1798761599,
            iat=1795512600,
            iss="https://tokens.example.com",
            workspace="northwind",
        )
    )

    active: bool
    scope: RoleName | None = None
    sub: str | None = None
    client_id: str | None = None
    token_type: Literal["Bearer"] | None = None
    exp: int | None = None
    iat: int | None = None
    iss: str | None = None
    workspace: str | None = None


def introspection_of(principal: Principal, *, issuer: str) -> IntrospectionOut:
    """Return the response for an active token. A previous secret expires at the end of its overlap period."""
    row = principal.row
    expires_at = principal.previous_secret_expires_at or row.expires_at
    return IntrospectionOut(
        active=True,
        scope=principal.scope.api_name,
        sub=row.key_id,
        client_id=f"{row.creator_email}_{row.key_id}",
        token_type="Bearer",
        exp=int(expires_at.timestamp()) if expires_at else None,
        iat=int(row.created_at.timestamp()),
        iss=issuer,
        workspace=row.workspace__slug,
    )
