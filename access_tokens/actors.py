from dataclasses import dataclass, replace
from typing import Self

from access_tokens.models import AccessToken
from workspaces.actors import Actor
from workspaces.errors import NotAllowed


@dataclass(frozen=True, kw_only=True)
class TokenActor(Actor):
    """An access token as one who acts, for operations and events.

    digests: of the secret that it came with. Whoever holds a secret that was replaced meanwhile acts no more.
    """

    digests: frozenset[bytes]

    def with_current_role(self) -> Self:
        assert self.token_pk is not None
        token = AccessToken.objects.active().filter(pk=self.token_pk).first()
        if token is None or not self.digests & token.valid_digests:
            raise NotAllowed("This access token stopped working while the call was under way.")
        return replace(self, role=token.scope_role, token_expires_at=token.expires_at)
