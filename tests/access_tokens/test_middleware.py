"""Where the API ends: headers of all its answers, and tokens that are shown to the console."""

import re

import pytest
from django.test import Client

from tests.factories import UserFactory, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

ME = "/api/v1/me"


@pytest.fixture
def token():
    return make_token()


def ask(header=None, *, path=ME, client=None, headers=None):
    authorization = {"Authorization": header} if header is not None else {}
    return (client or Client()).get(path, headers={**(headers or {}), **authorization})


# Headers of every answer


@pytest.mark.parametrize("path", [ME, "/api/v1/nowhere", "/api/v1/workspaces/other"])
@pytest.mark.parametrize("is_known", [True, False])
def test_no_answer_is_stored_or_sets_a_cookie(token, path, is_known):
    client = Client()
    client.force_login(UserFactory())
    response = ask(f"Bearer {token.plaintext if is_known else 'x'}", path=path, client=client)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Vary"] == "Authorization"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers
    assert not response.cookies


@pytest.mark.parametrize("path", [ME, "/api/v1/nowhere", "/accounts/login", "/nowhere"])
def test_every_answer_has_a_request_id(path):
    one, other = ask(path=path).headers["X-Request-Id"], ask(path=path).headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", one)
    assert one != other
    assert ask(path=path, headers={"X-Request-Id": "edge-7f.3_A"}).headers["X-Request-Id"] == "edge-7f.3_A"


@pytest.mark.parametrize("path", [ME, "/api/v1/nowhere", "/api/v1/openapi.json", "/api/v1/docs", "/accounts/login"])
def test_every_answer_tells_its_length(token, path):
    response = ask(f"Bearer {token.plaintext}", path=path)
    assert int(response.headers["Content-Length"]) == len(response.content) > 0


def test_an_answer_without_content_has_no_length(token):
    response = Client().delete(ME, headers={"Authorization": f"Bearer {token.plaintext}"})
    assert response.status_code == 204
    assert not {"Content-Length", "Content-Type"} & set(response.headers)


@pytest.mark.parametrize(
    "given",
    ["short", "x" * 65, "a b c d e f", "id\r\nSet-Cookie: a=b", "id;drop table", "ключ-ключ", "lkey_0123456789a"],
)
def test_a_request_id_that_is_not_well_formed_is_replaced(given):
    assert re.fullmatch("[0-9a-f]{32}", ask(headers={"X-Request-Id": given}).headers["X-Request-Id"])


# A token outside of the API


PAGES = ["/", "/workspaces", "/workspace/acme/access-tokens", "/admin/", "/admin/login/", "/accounts/login"]


@pytest.mark.parametrize("path", [*PAGES, "/nowhere", "/static/app.css"])
@pytest.mark.parametrize("has_session", [True, False])
def test_a_token_opens_no_page_of_the_console_or_the_admin_also_with_a_session(token, path, has_session):
    client = Client()
    if has_session:
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
    for scheme in ("Bearer", "bearer", "Token", "Basic"):
        response = ask(f"{scheme} {token.plaintext}", path=path, client=client)
        assert response.status_code == 403
        assert response.json()["detail"].startswith("Access tokens are for the API only")


def test_a_post_with_a_token_to_the_console_is_refused_before_anything_happens(token):
    client = Client()
    client.force_login(UserFactory())
    response = client.post("/accounts/logout", headers={"Authorization": f"Bearer {token.plaintext}"})
    assert response.status_code == 403
    assert "sessionid" in client.cookies


def test_another_authorization_does_not_keep_a_person_from_the_console():
    """A password in front of a staging site (Basic) is not ours to judge."""
    assert ask("Basic eDp5", path="/accounts/login").status_code == 200
