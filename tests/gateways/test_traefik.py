"""The tests don't run Traefik: they check its file and Latchkey's responses."""

import re

import pytest
import yaml

from tests.factories import WorkspaceFactory, make_token
from tests.gateways.conftest import CONFIGURATIONS
from tests.gateways.test_gateways import ALIASES, FORGED, NAMES
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database


@pytest.fixture
def middlewares():
    return yaml.safe_load((CONFIGURATIONS / "traefik.yml").read_text())["http"]["middlewares"]


@pytest.mark.django_db
def test_gateway_uses_the_endpoint_and_headers_of_latchkey(middlewares, api):
    asked = middlewares["ask-latchkey"]["forwardAuth"]
    token = make_token(WorkspaceFactory(slug="your-workspace"), Role.TEAM_MEMBER)
    answer = api.get(asked["address"].removeprefix("http://127.0.0.1:8000"), token)
    assert answer.status_code == 200
    taken = {name.lower() for name in answer.headers if re.search(asked["authResponseHeadersRegex"], name)}
    assert taken == set(NAMES)


def test_forged_headers_and_the_token_are_removed(middlewares):
    asked = middlewares["ask-latchkey"]["forwardAuth"]
    for name in (*FORGED, *ALIASES):
        assert re.search(asked["authResponseHeadersRegex"], name), name
    assert middlewares["remove-token"]["headers"]["customRequestHeaders"] == {"Authorization": ""}
