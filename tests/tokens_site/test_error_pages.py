"""The error pages."""

import pytest
from django.test import RequestFactory

from tests.access_tokens.views.console_client import HTMX, member
from tests.factories import WorkspaceFactory
from tokens_site.error_pages import server_error

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


def test_the_page_for_500_needs_no_database(django_assert_num_queries):
    """The database can be the cause of the error, and without it there is no session and no user."""
    with django_assert_num_queries(0):
        response = server_error(RequestFactory().get("/workspaces"))
    assert response.status_code == 500
    assert "Nothing was changed" in response.text
    assert "Go to the home page" in response.text


def test_an_exception_in_a_view_is_a_page_or_plain_text_for_htmx(client, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("a message that must not be shown")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    client.raise_request_exception = False
    client.cookies["sessionid"] = "x" * 32
    page, line = client.get("/workspaces"), client.get("/workspaces", headers=HTMX)
    assert page.status_code == line.status_code == 500
    assert "<h1>Something went wrong</h1>" in page.text
    assert line.headers["Content-Type"].startswith("text/plain")
    assert "must not be shown" not in page.text + line.text


@pytest.mark.parametrize("path", ["/workspace/a%00b/access-tokens", "/workspace/acme/access-tokens/0123%00678/edit"])
def test_a_nul_character_in_a_path_is_404(path):
    assert member(WorkspaceFactory(slug="acme")).client.get(path).status_code == 404
