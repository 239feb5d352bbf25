import pytest

from tests.factories import WorkspaceFactory, make_token
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
HERE = {"slug": "acme", "name": "Acme"}


@pytest.fixture
def token():
    return make_token(WorkspaceFactory(**HERE))


def test_a_token_sees_its_own_workspace_and_no_other(api, token):
    WorkspaceFactory(slug="globex")
    assert api.get("/api/v1/workspaces", token).json() == {"items": [HERE], "next": None}
    assert api.get("/api/v1/workspaces/acme", token).json() == HERE


@pytest.mark.parametrize("path", ["", "/access-tokens", "/projects", "/access-tokens/0123456789"])
def test_another_workspace_does_not_exist_even_for_an_owner(api, path):
    owner = make_token(scope=Role.OWNER)
    WorkspaceFactory(slug="globex")
    there = api.get(f"/api/v1/workspaces/globex{path}", owner, headers={"X-Request-Id": "one-and-same"})
    nowhere = api.get(f"/api/v1/workspaces/nowhere{path}", owner, headers={"X-Request-Id": "one-and-same"})
    assert there.status_code == 404
    assert (there.content, dict(there.headers)) == (nowhere.content, dict(nowhere.headers))


@pytest.mark.parametrize("slug", ["ACME", "acme%00", "acme%20", "%F0%9F%98%80", ".."])
def test_a_slug_that_is_not_quite_its_own_is_not_found(api, token, slug):
    assert api.get(f"/api/v1/workspaces/{slug}", token).status_code == 404
