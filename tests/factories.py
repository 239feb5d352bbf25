"""The smallest objects that tests need, made without operations, so that no test leans on what another one tests."""

from datetime import timedelta
from typing import NamedTuple

import factory
from django.test import RequestFactory
from django.utils import timezone
from factory.django import DjangoModelFactory

from access_tokens import keys, secrets
from access_tokens.authentication import ApiRequest, Principal, actor_of
from access_tokens.models import AccessToken
from accounts.models import User
from workspaces.actors import Actor
from workspaces.models import Membership, Project, Workspace
from workspaces.permissions import Role


class UserFactory(DjangoModelFactory):
    email = factory.Sequence(lambda n: f"person{n}@acme.example")
    password = "!"

    class Meta:
        model = User


class WorkspaceFactory(DjangoModelFactory):
    slug = factory.Sequence(lambda n: f"acme-{n}")
    name = factory.Sequence(lambda n: f"Acme {n}")

    class Meta:
        model = Workspace


class MembershipFactory(DjangoModelFactory):
    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.OWNER

    class Meta:
        model = Membership


class ProjectFactory(DjangoModelFactory):
    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Project {n}")

    class Meta:
        model = Project


class AccessTokenFactory(DjangoModelFactory):
    """A row with the digest of `plaintext`, which is no field of it. `make_token` hands it out, and seals it."""

    class Meta:
        model = AccessToken

    class Params:
        plaintext = factory.LazyFunction(lambda: secrets.generate().plaintext)

    workspace = factory.SubFactory(WorkspaceFactory)
    label = factory.Sequence(lambda n: f"Token {n}")
    scope = Role.VIEWER
    creator = factory.SubFactory(UserFactory)
    creator_email = factory.LazyAttribute(lambda token: token.creator.email if token.creator else "gone@acme.example")
    key_id = factory.LazyAttribute(lambda token: secrets.key_id_of(token.plaintext))
    pepper_id = factory.LazyAttribute(lambda token: secrets.digest(token.plaintext, keys.peppers()).pepper_id)
    digest = factory.LazyAttribute(lambda token: secrets.digest(token.plaintext, keys.peppers()).value)


class Made(NamedTuple):
    """A token's row, and the token itself."""

    row: AccessToken
    plaintext: str

    @property
    def secret(self) -> str:
        return self.plaintext[len(secrets.PREFIX) + secrets.KEY_ID_LENGTH :]


def make_token(workspace=None, scope=Role.VIEWER, *, is_sealed=True, **fields) -> Made:
    """A token as `operations.issue` would have left it."""
    plaintext = secrets.generate().plaintext
    row = AccessTokenFactory.build(
        workspace=workspace or WorkspaceFactory(),
        creator=fields.pop("creator") if "creator" in fields else UserFactory(),
        scope=scope,
        plaintext=plaintext,
        **fields,
    )
    if is_sealed:
        sealed = secrets.seal(plaintext, bound_to=row.seal_binding, keys=keys.sealing_keys())
        row.sealing_key_id, row.sealed = sealed.key_id, sealed.value
    row.save(force_insert=True)
    return Made(row, plaintext)


def member_actor(workspace, role=Role.OWNER, **fields) -> Actor:
    """A new member with this role, acting."""
    return Actor.member(MembershipFactory(workspace=workspace, role=role, **fields))


def token_actor(row: AccessToken) -> Actor:
    """A token acting, as the middleware and the endpoints make it."""
    request = ApiRequest()
    request.META = RequestFactory()._base_environ()
    request.principal = Principal(row, row.workspace, row.scope_role)
    return actor_of(request)


def expired(**fields):
    """The fields of a token that expired a minute ago."""
    now = timezone.now()
    return {"created_at": now - timedelta(days=1), "expires_at": now - timedelta(minutes=1), **fields}
