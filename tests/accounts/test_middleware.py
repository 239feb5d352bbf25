"""The console's own middlewares: asked by HTTP where they are put together, by themselves where they decide."""

import gzip

import pytest
from django.http import HttpResponse
from django.urls import reverse

from accounts.middleware import CompressionMiddleware, holding_secret
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
SIGN_IN = reverse("account_login")
PAGE = "http://testserver/workspace/acme/access-tokens"


def went_to_sign_in(response, *, then):
    return (response.status_code, response.url) == (302, f"{SIGN_IN}?next={then}")


# Sign-in


def test_a_page_leads_to_the_sign_in_and_back(client):
    assert went_to_sign_in(client.get("/workspaces?a=b"), then="/workspaces%3Fa%3Db")


def test_a_form_that_was_sent_leads_back_to_its_page(client):
    response = client.post("/workspaces", headers={"Referer": f"{PAGE}?q=x"})
    assert went_to_sign_in(response, then="/workspace/acme/access-tokens%3Fq%3Dx")
    response = client.post("/workspaces", headers={"Referer": PAGE})
    assert went_to_sign_in(response, then="/workspace/acme/access-tokens")


@pytest.mark.parametrize("referer", ["https://evil.example/workspaces", "javascript:alert(1)", ""])
def test_nobody_is_led_to_another_site(client, referer):
    assert went_to_sign_in(client.post("/workspaces", headers={"Referer": referer}), then="/")


@pytest.mark.parametrize(
    ("current", "then"),
    [(f"{PAGE}?q=x", "/workspace/acme/access-tokens%3Fq%3Dx"), ("https://evil.example/x", "/"), ("", "/")],
)
def test_htmx_is_led_away_as_a_whole_page_and_not_into_a_fragment(client, current, then):
    response = client.get("/workspaces", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == f"{SIGN_IN}?next={then}"


def test_the_sign_in_itself_needs_none(client):
    assert client.get(SIGN_IN).status_code == 200


def test_an_api_call_is_never_led_to_the_sign_in(client):
    response = client.get("/api/v1/me")
    assert response.status_code == 401
    assert "Location" not in response.headers


# Caches


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_no_cache_keeps_a_page(client, is_signed_in):
    if is_signed_in:
        client.force_login(UserFactory())
    stored = client.get("/workspaces" if is_signed_in else SIGN_IN).headers["Cache-Control"]
    assert {"no-store", "private", "no-cache"} <= set(stored.split(", "))


# Compression


def compressed(rf, response):
    middleware = CompressionMiddleware(lambda request: response)
    return middleware(rf.get("/", headers={"Accept-Encoding": "gzip"}))


def test_pages_are_compressed(rf):
    answer = compressed(rf, HttpResponse("a" * 1000))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == b"a" * 1000


def test_an_answer_that_holds_a_secret_is_not(rf):
    """BREACH: the length of a compressed page tells of what stands in it."""
    answer = compressed(rf, holding_secret(HttpResponse("a" * 1000)))
    assert "Content-Encoding" not in answer.headers
    assert answer.content == b"a" * 1000


# Headers of every page


CSP = {
    "default-src 'none'",
    *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect")),
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
