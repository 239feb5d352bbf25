import pytest

from tests.factories import make_token
from workspaces.permissions import Role


@pytest.fixture
def owner(acme):
    """A token of Acme with the scope Owner."""
    return make_token(acme, Role.OWNER)
