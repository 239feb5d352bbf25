"""Headers of every API response, and access tokens outside the API."""

import re

import pytest
from django.test import Client

from tests.factories import UserFactory, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

ME = "/api/v1/me"


@pytest.fixture
def token():
    return make_token()


def get(path=ME, authorization=None, *, client=None, headers=None):
    headers = {**(headers or {}), **({} if authorization is None else {"Authorization": authorization})}
    return (client or Client()).get(path, headers=headers)


# Headers of every response


@pytest.mark.parametrize("path", [ME, "/api/v1/nowhere", "/api/v1/workspaces/other"])
@pytest.mark.parametrize("is_authenticated", [True, False])
def test_no_api_response_can_be_stored_or_sets_a_cookie(token, path, is_authenticated):
    client = Client()
    client.force_login(UserFactory())
    response = get(path, f"Bearer {token.plaintext if is_authenticated else 'x'}", client=client)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Vary"] == "Authorization"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers
    assert not response.cookies


@pytest.mark.parametrize("path", [ME, "/api/v1/nowhere", "/accounts/login", "/nowhere"])
def test_every_response_has_a_request_id(path):
    one, other = get(path).headers["X-Request-Id"], get(path).headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", one)
    assert one != other
    assert get(path, headers={"X-Request-Id": "edge-7f.3_A"}).headers["X-Request-Id"] == "edge-7f.3_A"


@pytest.mark.parametrize(
    "given",
    ["short", "x" * 65, "a b c d e f", "id\r\nSet-Cookie: a=b", "id;drop table", "ключ-ключ", "lkey_0123456789a"],
)
def test_invalid_request_id_is_replaced(given):
    assert re.fullmatch("[0-9a-f]{32}", get(headers={"X-Request-Id": given}).headers["X-Request-Id"])


@pytest.mark.parametrize("path", [ME, "/api/v1/nowhere", "/api/v1/openapi.json", "/api/v1/docs", "/accounts/login"])
def test_every_response_has_its_content_length(token, path):
    response = get(path, f"Bearer {token.plaintext}")
    assert int(response.headers["Content-Length"]) == len(response.content) > 0


def test_204_has_neither_content_length_nor_content_type(token):
    response = Client().delete(ME, headers={"Authorization": f"Bearer {token.plaintext}"})
    assert response.status_code == 204
    assert not {"Content-Length", "Content-Type"} & set(response.headers)


# Access tokens outside the API


PAGES = ["/", "/workspaces", "/workspace/acme/access-tokens", "/admin/", "/admin/login/", "/accounts/login"]


@pytest.mark.parametrize("path", [*PAGES, "/nowhere", "/static/app.css"])
@pytest.mark.parametrize("has_session", [True, False])
def test_token_is_rejected_on_pages_of_the_console_and_admin_even_with_a_session(token, path, has_session):
    client = Client()
    if has_session:
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
    for scheme in ("Bearer", "bearer", "Token", "Basic"):
        response = get(path, f"{scheme} {token.plaintext}", client=client)
        assert response.status_code == 403
        assert response.json()["detail"].startswith("Access tokens are for the API only")


def test_post_with_a_token_to_the_console_changes_nothing(token):
    client = Client()
    client.force_login(UserFactory())
    response = client.post("/accounts/logout", headers={"Authorization": f"Bearer {token.plaintext}"})
    assert response.status_code == 403
    assert "sessionid" in client.cookies


def test_other_credentials_do_not_block_the_console():
    """A proxy in front of a staging site can ask for a password (Basic)."""
    assert get("/accounts/login", "Basic eDp5").status_code == 200
