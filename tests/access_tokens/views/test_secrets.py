"""Tests that secrets appear only in the responses that are meant to show them."""

import pytest
from django.contrib.sessions.models import Session

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import new_token
from tests.factories import AccessTokenFactory
from workspaces.models import Event

pytestmark = pytest.mark.same_on_each_database

GZIP = {"Accept-Encoding": "gzip, br, deflate"}


def secret_in(response):
    return response.text.split('spellcheck="false">')[1].split("<")[0]


@pytest.mark.parametrize("view", ["list", "create", "settings", "edit", "delete"])
def test_page_is_not_cached(owner, token, view):
    response = owner.get(view, token if view in {"edit", "delete"} else None)
    assert "no-store" in response.headers["Cache-Control"]
    assert "private" in response.headers["Cache-Control"]


def test_page_without_a_secret_is_compressed(acme, owner):
    AccessTokenFactory.create_batch(5, workspace=acme, creator=owner.user)
    assert owner.get("list", headers=GZIP).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "page"])
@pytest.mark.parametrize(
    ("view", "data"),
    [("create", new_token()), ("copy", {}), ("rotate", {"overlap": "now"})],
    ids=["create", "copy", "rotate"],
)
def test_response_with_a_secret_is_neither_compressed_nor_cached(owner, issued, view, data, htmx):
    response = owner.post(view, None if view == "create" else issued.row, data, htmx=htmx, headers=GZIP)
    assert response.status_code == 200
    key_id = AccessToken.objects.latest("pk").key_id
    assert secret_in(response).startswith(f"lkey_{key_id}")
    assert (secret_in(response) == issued.plaintext) == (view == "copy")
    assert "Content-Encoding" not in response.headers
    assert "no-store" in response.headers["Cache-Control"]


def test_secret_is_in_no_session_cookie_header_or_event(owner, issued):
    secrets = [issued.plaintext]
    for response in (owner.post("create", data=new_token()), owner.post("copy", issued.row)):
        secrets.append(secret_in(response))
        stored = f"{response.headers} {response.cookies} {owner.client.cookies}"
        assert not [secret for secret in secrets if secret[15:] in stored]
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    events = [str(values) for values in Event.objects.values()]
    assert sessions
    assert events
    assert not [text for text in (*sessions, *events) for secret in secrets if secret[15:] in text]


@pytest.mark.parametrize("view", ["list", "edit", "delete", "details", "settings"])
def test_page_contains_no_secret(owner, issued, view):
    response = owner.get(view, None if view in {"list", "settings"} else issued.row)
    assert issued.secret not in response.text
    assert issued.plaintext not in response.text


@pytest.mark.parametrize("view", ["enable", "disable", "edit", "delete"])
def test_redirect_contains_no_secret(owner, issued, view):
    response = owner.post(view, issued.row, new_token(expires="keep"))
    assert response.status_code == 302
    assert "lkey_" not in response.url
    assert issued.secret not in response.url
