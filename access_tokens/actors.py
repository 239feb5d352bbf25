"""Access tokens as actors."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from access_tokens.authentication.lookup import TOKEN_BY_PK, AuthenticationRow
from access_tokens.models import Status
from accounts.models import User
from workspaces.actors import Actor, ActorType, RequestDetails
from workspaces.compiled_queries import object_builder
from workspaces.errors import NotAllowed
from workspaces.permissions import Role

build_creator = object_builder(User, AuthenticationRow, prefix="creator__")


@dataclass(frozen=True, kw_only=True)
class TokenActor(Actor):
    """An access token that performs an action.

    digests: of the secret in the request. If the token is rotated during the request, the actor loses its access.
    """

    digests: frozenset[bytes]

    @classmethod
    def from_row(cls, row: AuthenticationRow, *, digests: frozenset[bytes], details: RequestDetails) -> Self:
        return cls(
            type=ActorType.TOKEN,
            name=f"{row.creator_email}_{row.key_id}",
            label=row.label,
            role=Role(row.scope),
            workspace_id=row.workspace__id,
            user=build_creator(row) if row.creator__id else None,
            token_pk=row.id,
            token_expires_at=row.expires_at,
            digests=digests,
            **details,
        )

    def with_current_role(self) -> Self:
        """Raises: NotAllowed, if the token or its secret no longer works."""
        now = datetime.now(UTC)
        row = TOKEN_BY_PK.get(pk=self.token_pk, now=now)
        if row is None or row.status_name != Status.ACTIVE or not self.digests & row.valid_digests(now):
            raise NotAllowed("Your access token stopped working during this request.")
        user = build_creator(row) if row.creator__id else None
        return replace(self, role=Role(row.scope), user=user, token_expires_at=row.expires_at)
