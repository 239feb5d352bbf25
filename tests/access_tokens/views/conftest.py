import pytest

from tests.access_tokens.views.console_client import member
from tests.factories import make_token
from workspaces.permissions import Role


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def issued(acme):
    """A token of Acme with its plaintext."""
    return make_token(acme, label="CI runner")


@pytest.fixture
def token(issued):
    return issued.row


@pytest.fixture
def as_member(acme):
    """Sign in to the console as a member of Acme with this role."""
    return lambda role=Role.OWNER, **kwargs: member(acme, role, **kwargs)


@pytest.fixture
def owner(as_member):
    return as_member(Role.OWNER)
