from dataclasses import dataclass, replace
from typing import Self

from django.http import HttpRequest

from access_tokens.authentication.bearer import Principal
from access_tokens.models import AccessToken
from workspaces.actors import Actor, ActorType, traces_of
from workspaces.errors import NotAllowed


@dataclass(frozen=True, kw_only=True)
class TokenActor(Actor):
    """An access token as one who acts, for operations and events.

    digests: of the secret that it came with. Whoever holds a secret that was replaced meanwhile acts no more.
    """

    digests: frozenset[bytes]

    @classmethod
    def of(cls, principal: Principal, request: HttpRequest) -> Self:
        """`principal` must have been let in with this very request."""
        token = principal.token
        return cls(
            kind=ActorType.TOKEN,
            name=token.token_id,
            label=token.label,
            role=token.scope_role,
            workspace_id=token.workspace_id,
            user=token.creator,
            token_pk=token.pk,
            expires_at_latest=token.expires_at,
            digests=principal.digests,
            **traces_of(request),
        )

    def with_current_role(self) -> Self:
        assert self.token_pk is not None
        token = AccessToken.objects.active().filter(pk=self.token_pk).first()
        if token is None or not self.digests & token.valid_digests:
            raise NotAllowed("This access token stopped working while the call was under way.")
        return replace(self, role=token.scope_role, expires_at_latest=token.expires_at)
