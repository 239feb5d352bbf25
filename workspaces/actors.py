"""Who acts: a member in the console, a token in the API, an operator in the admin, a command in a shell, the system."""

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
"""The key of no workspace."""


class ActorType(models.TextChoices):
    MEMBER = "member", "Member"
    TOKEN = "token", "Access token"
    OPERATOR = "operator", "Operator"
    COMMAND = "command", "Command"
    SYSTEM = "system", "System"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One who acts, with the power they have at this moment and the traces that their events carry.

    name: an e-mail, a token id, a command. label: what people call them: a name, a token's label; "" if nothing else.
    workspace_id: where they have `role`; None means everywhere (operators, commands, the system).
    user: the person behind it: the member, the operator, or the creator of the acting token.
    token_pk, token_expires_at: the acting token's row and expiry (None: no end); both None for people.
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
        """A member, acting with the role of this membership, which must have been read for this very request."""
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
        """Somebody who is signed in (or `user`, who is about to be), in no workspace: without power in any."""
        user = user or request.user  # type: ignore[assignment] # of a view that asks for a sign-in
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
        """Staff in the admin: the power of an Owner in every workspace."""
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
        """A management command, run by whoever has a shell on the machine."""
        return cls(type=ActorType.COMMAND, name=name, role=Role.OWNER)

    @classmethod
    def system(cls, name: str) -> Self:
        """What runs by itself, with nobody behind it."""
        return cls(type=ActorType.SYSTEM, name=name, role=Role.OWNER)

    def with_current_role(self) -> Self:
        """The same one with the power that they have now, read after a lock: it may have changed since they came in.

        Raises: NotAllowed, if they lost all of it meanwhile.
        """
        if self.type != ActorType.MEMBER:
            return self
        found = Membership.objects.filter(workspace=self.workspace_id, user=self.user, user__is_active=True)
        role = found.values_list("role", flat=True).first()
        if role is None:
            raise NotAllowed("You are no longer a member of this workspace.")
        return replace(self, role=Role(role))

    @property
    def identifier(self) -> str:
        """Whose requests these are, as a key: `member:5`, `token:17`."""
        return f"{self.type}:{self.token_pk or (self.user and self.user.pk) or self.name}"

    def has_permission(self, permission: Permission, workspace: Workspace) -> bool:
        return self.workspace_id in (None, workspace.pk) and role_has_permission(self.role, permission)

    def require(self, permission: Permission, workspace: Workspace) -> None:
        """Raises: NotAllowed, with the role that is needed."""
        if not self.has_permission(permission, workspace):
            needed = MINIMUM_ROLE[permission]
            raise NotAllowed(f"This needs the role {needed.or_above} in {workspace.name}.", required_role=needed)

    def require_role_at_least(self, role: int) -> None:
        """No one lends more power than they hold.

        Raises: NotAllowed, if `role` stands above the actor's own.
        """
        if role > self.role:
            above = Role(role)
            words = f"This needs the role {above.or_above}: it gives or uses the power of {above.article}."
            raise NotAllowed(words, required_role=above)


class RequestDetails(TypedDict):
    """Whence a request came, as events tell it."""

    ip_address: str | None
    client: str
    request_id: str


def request_details(request: HttpRequest | None) -> RequestDetails:
    client = client_family(request.META.get("HTTP_USER_AGENT", "") if request else "")
    return RequestDetails(ip_address=get_ip_address(request), client=client, request_id=get_request_id(request))


def get_ip_address(request: HttpRequest | None) -> str | None:
    """The client's address, None if there is none that is well-formed."""
    return parse_ip_address(request.META.get("REMOTE_ADDR", "")) if request else None


def parse_ip_address(text: str) -> str | None:
    """An IP address as it is usually written, without a zone, which means something to one machine alone (RFC 4007, 11)
    and may be of any length; None for anything else (a Unix socket, a proxy's nonsense)."""
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def get_request_id(request: HttpRequest | None) -> str:
    return getattr(request, "id", "") if request else ""
