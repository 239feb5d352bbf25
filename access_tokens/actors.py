from dataclasses import replace
from typing import Self

from django.http import HttpRequest

from access_tokens.models import AccessToken
from workspaces.actors import Actor, ActorKind, address_of, request_id_of
from workspaces.errors import NotAllowed


class TokenActor(Actor):
    """An access token as one who acts, for operations and events."""

    @classmethod
    def of(cls, token: AccessToken, request: HttpRequest) -> Self:
        """`token` must have been read, and found active, for this very request."""
        return cls(
            kind=ActorKind.TOKEN,
            name=token.token_id,
            role=token.scope_role,
            workspace_id=token.workspace_id,
            user=token.creator,
            token_pk=token.pk,
            lives_until=token.expires_at,
            address=address_of(request),
            request_id=request_id_of(request),
        )

    def afresh(self) -> Self:
        assert self.token_pk is not None
        token = AccessToken.objects.active().filter(pk=self.token_pk).first()
        if token is None:
            raise NotAllowed("This access token stopped working while the call was under way.")
        return replace(self, role=token.scope_role, lives_until=token.expires_at)
