"""The authenticated API request that every endpoint receives."""

from typing import Protocol

from django.http import Http404, HttpRequest

from workspaces.actors import Actor
from workspaces.errors import NotAllowed
from workspaces.models import Workspace
from workspaces.permissions import Permission


class Principal(Protocol):
    """The credential that authenticated an API request."""

    @property
    def workspace(self) -> Workspace:
        """The workspace that the credential belongs to."""
        ...

    def require(self, permission: Permission, request: HttpRequest) -> None:
        """Raises: NotAllowed if the credential's scope lacks the permission."""
        ...

    def actor(self, request: HttpRequest) -> Actor:
        """Return the actor for operations and events, with the credential's current scope."""
        ...

    def count_rejection(self, error: NotAllowed) -> None:
        """Count a request that was rejected because the credential lacks a permission."""
        ...


class ApiRequest(HttpRequest):
    """A request that the API middleware has authenticated."""

    id: str
    principal: Principal


def actor_of(request: ApiRequest) -> Actor:
    """Return the actor who performs what this request asks for."""
    return request.principal.actor(request)


def reject_nul(text: str) -> str:
    """Return a path segment for a lookup. PostgreSQL rejects NUL characters, and nothing has one in its name.

    Raises: Http404 if `text` contains a NUL character.
    """
    if "\0" in text:
        raise Http404
    return text
