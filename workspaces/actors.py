"""Actors: the member, token, operator, command or process that performs an action, with its current role."""

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self, TypedDict

from django.db import models
from django.http import HttpRequest

from accounts.models import User
from accounts.user_agents import client_family
from workspaces.errors import NotAllowed
from workspaces.models import Membership, Workspace
from workspaces.permissions import MINIMUM_ROLE, Permission, Role, role_has_permission

NO_WORKSPACE = 0
"""A `workspace_id` that no workspace has."""


class ActorType(models.TextChoices):
    MEMBER = "member", "Member"
    TOKEN = "token", "Access token"
    OPERATOR = "operator", "Operator"
    COMMAND = "command", "Command"
    SYSTEM = "system", "System"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The one who performs an action, and what events record about it.

    name: an e-mail address, a token ID or a command. label: a person's name or a token's label, if there is one.
    workspace_id: the workspace in which `role` applies; None for all (operators, commands, the system).
    user: the member, the operator, or the creator of the token.
    token_pk, token_expires_at: of the token; the latter is None for a non-expiring one. Both are None for people.
    """

    type: ActorType
    name: str
    role: Role
    workspace_id: int | None = None
    user: User | None = None
    token_pk: int | None = None
    token_expires_at: datetime | None = None
    label: str = ""
    ip_address: str | None = None
    client: str = ""
    request_id: str = ""

    @classmethod
    def member(cls, membership: Membership, request: HttpRequest | None = None) -> Self:
        """Return a member, who acts with the role of this membership. Read it from the database for each request."""
        return cls(
            type=ActorType.MEMBER,
            name=membership.user.email,
            label=membership.user.display_name,
            role=Role(membership.role),
            workspace_id=membership.workspace_id,
            user=membership.user,
            **request_details(request),
        )

    @classmethod
    def for_user(cls, request: HttpRequest, user: User | None = None) -> Self:
        """Return the signed-in user (or `user`, who is about to sign in) without a role in any workspace."""
        user = user or request.user  # type: ignore[assignment] # of a view that requires a sign-in
        assert isinstance(user, User)
        return cls(
            type=ActorType.MEMBER,
            name=user.email,
            label=user.display_name,
            role=Role.VIEWER,
            workspace_id=NO_WORKSPACE,
            user=user,
            **request_details(request),
        )

    @classmethod
    def operator(cls, request: HttpRequest) -> Self:
        """Return the signed-in operator, who is an Owner of every workspace in the admin."""
        assert isinstance(request.user, User)
        return cls(
            type=ActorType.OPERATOR,
            name=request.user.email,
            label=request.user.display_name,
            role=Role.OWNER,
            user=request.user,
            **request_details(request),
        )

    @classmethod
    def command(cls, name: str) -> Self:
        """Return a management command that someone runs in a shell."""
        return cls(type=ActorType.COMMAND, name=name, role=Role.OWNER)

    @classmethod
    def system(cls, name: str) -> Self:
        """Return a process that Latchkey runs on its own."""
        return cls(type=ActorType.SYSTEM, name=name, role=Role.OWNER)

    def with_current_role(self) -> Self:
        """Return this actor with its current role, read again after a lock.

        Raises: NotAllowed if a member was removed or deactivated since the request began.
        """
        if self.type != ActorType.MEMBER:
            return self
        memberships = Membership.objects.filter(workspace=self.workspace_id, user=self.user, user__is_active=True)
        role = memberships.values_list("role", flat=True).first()
        if role is None:
            raise NotAllowed("You are no longer a member of this workspace.")
        return replace(self, role=Role(role))

    @property
    def identifier(self) -> str:
        """A key for this actor's requests, such as `member:5` or `token:17`."""
        return f"{self.type}:{self.token_pk or (self.user and self.user.pk) or self.name}"

    def has_permission(self, permission: Permission, workspace: Workspace) -> bool:
        return self.workspace_id in (None, workspace.pk) and role_has_permission(self.role, permission)

    def require(self, permission: Permission, workspace: Workspace) -> None:
        """Raises: NotAllowed, with the required role, if the actor doesn't have the permission in the workspace."""
        if not self.has_permission(permission, workspace):
            required = MINIMUM_ROLE[permission]
            message = f"Only {self._peers_with(required)} can do this in {workspace.name}."
            raise NotAllowed(message, required_role=required)

    def require_role_at_least(self, role: int) -> None:
        """Raises: NotAllowed if `role` is higher than the actor's own: nobody grants more access than they have."""
        if role > self.role:
            required = Role(role)
            message = f"Only {self._peers_with(required)} can do this, because it would grant {required.label} access."
            raise NotAllowed(message, required_role=required)

    def _peers_with(self, role: Role) -> str:
        """Return the actors of the same kind that have at least this role, in words."""
        return f"tokens with the scope {role.or_above}" if self.type == ActorType.TOKEN else role.holders_or_above


class RequestDetails(TypedDict):
    """The origin of a request, as actors and events record it."""

    ip_address: str | None
    client: str
    request_id: str


def request_details(request: HttpRequest | None) -> RequestDetails:
    meta = request.META if request else {}
    return RequestDetails(
        ip_address=parse_ip_address(meta.get("REMOTE_ADDR", "")),
        client=client_family(meta.get("HTTP_USER_AGENT", "")),
        request_id=getattr(request, "id", ""),
    )


def parse_ip_address(text: str) -> str | None:
    """Return an IP address in its canonical form without a zone (RFC 4007, section 11), or None if it is malformed.

    A server that listens on a Unix socket, for example, has no client address.
    """
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return None
