import pytest

from tests.factories import WorkspaceFactory, member_actor


@pytest.fixture
def acme():
    return WorkspaceFactory()


@pytest.fixture
def owner(acme):
    return member_actor(acme)
