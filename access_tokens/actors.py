"""Access tokens as actors."""

from dataclasses import dataclass, replace
from typing import Self

from access_tokens.models import AccessToken
from workspaces.actors import Actor
from workspaces.errors import NotAllowed


@dataclass(frozen=True, kw_only=True)
class TokenActor(Actor):
    """An access token that performs an action.

    digests: of the secret in the request. If the token is rotated during the request, the actor loses its access.
    """

    digests: frozenset[bytes]

    def with_current_role(self) -> Self:
        """Raises: NotAllowed, if the token or its secret no longer works."""
        assert self.token_pk is not None
        token = AccessToken.objects.active().filter(pk=self.token_pk).first()
        if token is None or not self.digests & token.valid_digests:
            raise NotAllowed("Your access token stopped working during this request.")
        return replace(self, role=token.scope_role, token_expires_at=token.expires_at)
