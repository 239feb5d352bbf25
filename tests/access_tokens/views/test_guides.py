import pytest
from django.test import Client

from access_tokens.guides import NAMES
from tests.access_tokens.views.console_client import member
from tests.factories import WorkspaceFactory
from tests.roles import EACH_ROLE

pytestmark = pytest.mark.same_on_each_database


@pytest.mark.parametrize("name", NAMES)
def test_guide_is_public(client, name, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get(f"/help/{name}")
    assert response.status_code == 200


def test_help_redirects_to_the_overview(client, owner):
    for path, person in (("/help", client), ("/help", owner.client), ("/workspace/acme/help", owner.client)):
        response = person.get(path)
        assert (response.status_code, response.url) == (302, f"{path}/overview")


@EACH_ROLE
def test_guide_in_a_workspace_has_its_slug_in_the_samples(as_member, settings, role):
    settings.PUBLIC_URL = "https://tokens.acme.example"
    response = as_member(role).client.get("/workspace/acme/help/using")
    assert response.status_code == 200
    assert "https://tokens.acme.example/api/v1/workspaces/acme/projects" in response.text
    assert 'href="/workspace/acme/help/overview" aria-current="page"' in response.text


def test_samples_have_the_address_of_the_page_without_a_public_url(client, settings):
    settings.PUBLIC_URL = ""
    assert "http://testserver/api/v1/workspaces/" in client.get("/help/using").text


def test_guide_shows_no_slug_of_another_workspace(owner, client):
    assert "/workspaces/acme/" in owner.client.get("/workspace/acme/help/using").text
    public = client.get("/help/using").text
    assert "/workspaces/acme/" not in public
    assert "your-workspace" in public
    other = member(WorkspaceFactory(slug="globex"))
    assert "/workspaces/acme/" not in other.client.get("/workspace/globex/help/using").text


@pytest.mark.parametrize("name", ["nowhere", "Overview", "overview.md", "..", "%00", "x" * 500])
def test_unknown_guide_is_not_found(client, owner, name):
    assert client.get(f"/help/{name}").status_code == 404
    assert owner.client.get(f"/workspace/acme/help/{name}").status_code == 404


def test_help_of_a_workspace_is_only_for_its_members(client, owner):
    stranger = member(WorkspaceFactory())
    assert stranger.client.get("/workspace/acme/help/using").status_code == 404
    assert Client().get("/workspace/acme/help/using").status_code == 302


def test_guide_rejects_post(client, owner):
    assert client.post("/help/overview").status_code == 405
    assert owner.client.post("/workspace/acme/help/overview").status_code == 405
