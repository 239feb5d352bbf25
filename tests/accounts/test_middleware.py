"""Middleware of the console."""

import gzip

import pytest
from django.http import HttpResponse
from django.urls import reverse

from accounts.middleware import CompressionMiddleware, mark_secret
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
SIGN_IN = reverse("account_login")
PAGE = "http://testserver/workspace/acme/access-tokens"


def redirects_to_sign_in(response, *, then):
    return (response.status_code, response.url) == (302, f"{SIGN_IN}?next={then}")


# Sign-in


def test_a_page_redirects_to_sign_in_and_back(client):
    assert redirects_to_sign_in(client.get("/workspaces?a=b"), then="/workspaces%3Fa%3Db")


def test_a_submitted_form_returns_to_its_page(client):
    response = client.post("/workspaces", headers={"Referer": f"{PAGE}?q=x"})
    assert redirects_to_sign_in(response, then="/workspace/acme/access-tokens%3Fq%3Dx")
    response = client.post("/workspaces", headers={"Referer": PAGE})
    assert redirects_to_sign_in(response, then="/workspace/acme/access-tokens")


@pytest.mark.parametrize("referer", ["https://evil.example/workspaces", "javascript:alert(1)", ""])
def test_sign_in_does_not_redirect_to_another_site(client, referer):
    assert redirects_to_sign_in(client.post("/workspaces", headers={"Referer": referer}), then="/")


@pytest.mark.parametrize(
    ("current", "then"),
    [(f"{PAGE}?q=x", "/workspace/acme/access-tokens%3Fq%3Dx"), ("https://evil.example/x", "/"), ("", "/")],
)
def test_htmx_requests_redirect_the_whole_page(client, current, then):
    response = client.get("/workspaces", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == f"{SIGN_IN}?next={then}"


def test_the_sign_in_page_is_public(client):
    assert client.get(SIGN_IN).status_code == 200


def test_api_requests_are_not_redirected_to_sign_in(client):
    response = client.get("/api/v1/me")
    assert response.status_code == 401
    assert "Location" not in response.headers


# Caches


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_pages_are_not_cached(client, is_signed_in):
    if is_signed_in:
        client.force_login(UserFactory())
    cache_control = client.get("/workspaces" if is_signed_in else SIGN_IN).headers["Cache-Control"]
    assert {"no-store", "private", "no-cache"} <= set(cache_control.split(", "))


# Compression


def compressed(rf, response):
    middleware = CompressionMiddleware(lambda request: response)
    return middleware(rf.get("/", headers={"Accept-Encoding": "gzip"}))


def test_pages_are_compressed(rf):
    response = compressed(rf, HttpResponse("a" * 1000))
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == b"a" * 1000


def test_responses_with_a_secret_are_not_compressed(rf):
    """The length of a compressed page would reveal its content (BREACH attack)."""
    response = compressed(rf, mark_secret(HttpResponse("a" * 1000)))
    assert "Content-Encoding" not in response.headers
    assert response.content == b"a" * 1000


# Headers of every page


CSP = {
    "default-src 'none'",
    *(f"{source}-src 'self'" for source in ("script", "style", "img", "font", "connect")),
    *("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
}


@pytest.mark.parametrize("path", [SIGN_IN, "/workspaces", "/admin/", "/nowhere", "/"])
def test_every_page_has_the_strict_policy(client, path):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    headers = client.get(path).headers
    assert set(headers["Content-Security-Policy"].split("; ")) == CSP
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
