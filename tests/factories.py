"""Factories of the smallest objects that tests need. They use no operations, so tests stay independent of them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Model
from django.test import RequestFactory
from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from access_tokens import key_rings, token_crypto, token_format
from access_tokens.authentication.lookup import TOKEN_BY_KEY_ID
from access_tokens.authentication.request_auth import Principal
from access_tokens.models import AccessToken
from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.events import EventType
from workspaces.models import Event, Invitation, Membership, Project, Workspace
from workspaces.models.invitation import INVITATION_LIFETIME
from workspaces.permissions import ALL_ROLES, Role, role_bits


class ModelFactory[M: Model](DjangoModelFactory[M]):
    """A typed factory."""

    class Meta:
        abstract = True

    if TYPE_CHECKING:

        def __new__(cls, *args: Any, **fields: Any) -> M:  # type: ignore[misc] # calling a factory creates a row
            ...


class UserFactory(ModelFactory[User]):
    email = Sequence(lambda n: f"person{n}@acme.example")
    password = "!"

    class Meta:
        model = User


class WorkspaceFactory(ModelFactory[Workspace]):
    slug = Sequence(lambda n: f"acme-{n}")
    name = Sequence(lambda n: f"Acme {n}")

    class Meta:
        model = Workspace


class MembershipFactory(ModelFactory[Membership]):
    workspace = SubFactory(WorkspaceFactory)
    user = SubFactory(UserFactory)
    role = Role.OWNER

    class Meta:
        model = Membership


class ProjectFactory(ModelFactory[Project]):
    workspace = SubFactory(WorkspaceFactory)
    name = Sequence(lambda n: f"Project {n}")

    class Meta:
        model = Project


class EventFactory(ModelFactory[Event]):
    workspace = SubFactory(WorkspaceFactory)
    workspace_slug = LazyAttribute(lambda event: event.workspace.slug)
    event_type = EventType.PROJECT_CREATED
    actor_type = ActorType.MEMBER
    actor_name = "ada@acme.example"
    actor_label = "Ada Lovelace"
    subject_id = Sequence(lambda n: f"project-{n}")
    subject_name = Sequence(lambda n: f"Project {n}")

    class Meta:
        model = Event


class InvitationFactory(ModelFactory[Invitation]):
    """An invitation by a command, whose e-mail was sent."""

    workspace = SubFactory(WorkspaceFactory)
    email = Sequence(lambda n: f"invited{n}@acme.example")
    role = Role.VIEWER
    inviter_type = "command"
    inviter_name = "tests"
    sent_at = LazyFunction(timezone.now)
    expires_at = LazyFunction(lambda: timezone.now() + INVITATION_LIFETIME)

    class Meta:
        model = Invitation


class AccessTokenFactory(ModelFactory[AccessToken]):
    """A row with the digest of `plaintext`, which is a parameter and not a field. See `make_token`."""

    class Meta:
        model = AccessToken

    class Params:
        plaintext = LazyFunction(lambda: token_format.generate().plaintext)

    workspace = SubFactory(WorkspaceFactory)
    label = Sequence(lambda n: f"Token {n}")
    scope = Role.VIEWER
    creator = SubFactory(UserFactory)
    creator_email = LazyAttribute(lambda token: token.creator.email if token.creator else "gone@acme.example")
    key_id = LazyAttribute(lambda token: token_format.parse_key_id(token.plaintext))
    pepper_id = LazyAttribute(lambda token: token_format.digest(token.plaintext, key_rings.peppers()).pepper_id)
    digest = LazyAttribute(lambda token: token_format.digest(token.plaintext, key_rings.peppers()).value)


class IssuedToken(NamedTuple):
    """A row and its plaintext token."""

    row: AccessToken
    plaintext: str

    @property
    def secret(self) -> str:
        return self.plaintext[len(token_format.PREFIX) + token_format.KEY_ID_LENGTH :]


def make_token(workspace=None, scope=Role.VIEWER, *, has_encrypted_copy=True, **fields) -> IssuedToken:
    """Create a token as `operations.create` does."""
    plaintext = token_format.generate().plaintext
    row = AccessTokenFactory.build(
        workspace=workspace or WorkspaceFactory(),
        creator=fields.pop("creator") if "creator" in fields else UserFactory(),
        scope=scope,
        plaintext=plaintext,
        **fields,
    )
    if has_encrypted_copy:
        ciphertext = token_crypto.encrypt(plaintext, context=row.encryption_context, keys=key_rings.encryption_keys())
        row.encryption_key_id, row.encrypted_copy = ciphertext.key_id, ciphertext.value
    row.save(force_insert=True)
    return IssuedToken(row, plaintext)


def member_actor(workspace, role=Role.OWNER, **fields) -> Actor:
    """Return a new member with this role as an actor."""
    return Actor.member(MembershipFactory(workspace=workspace, role=role, **fields))


def token_actor(row: AccessToken) -> Actor:
    """Return a token as an actor, built as in an API request."""
    request = ApiRequest()
    request.META = RequestFactory().get("/api/v1/me").META
    found = TOKEN_BY_KEY_ID.get(key_id=row.key_id, now=timezone.now())
    assert found
    request.principal = Principal(found)
    return actor_of(request)


def all_roles_except(*roles: Role) -> int:
    """Return the value of `Workspace.available_roles` with these roles switched off."""
    return ALL_ROLES - role_bits(*roles)


def expired(**fields):
    """Return the fields of a token that expired a minute ago."""
    now = timezone.now()
    return {"created_at": now - timedelta(days=1), "expires_at": now - timedelta(minutes=1), **fields}
