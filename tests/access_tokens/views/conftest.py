import pytest

from tests.access_tokens.views.console_client import member
from tests.factories import WorkspaceFactory, make_token
from workspaces.permissions import Role


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def acme(db):
    return WorkspaceFactory(name="Acme", slug="acme")


@pytest.fixture
def made(acme):
    """A token of Acme, with its plaintext."""
    return make_token(acme, label="CI runner")


@pytest.fixture
def token(made):
    return made.row


@pytest.fixture
def as_member(acme):
    """A member of Acme with this role, at the console."""
    return lambda role=Role.OWNER, **kwargs: member(acme, role, **kwargs)


@pytest.fixture
def owner(as_member):
    return as_member(Role.OWNER)
