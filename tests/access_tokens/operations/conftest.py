import pytest

from tests.factories import member_actor


@pytest.fixture
def owner(acme):
    return member_actor(acme)
