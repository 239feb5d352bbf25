import pytest

from access_tokens.authentication.usage import UsageWriter
from tests.factories import make_token


@pytest.fixture
def writer():
    """The usage writer of one process, without its thread."""
    return UsageWriter()


@pytest.fixture
def token():
    return make_token().row
