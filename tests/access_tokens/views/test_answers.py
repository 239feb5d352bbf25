"""What the answers' heads say: caches, compression, and where secrets may stand."""

import pytest
from django.contrib.sessions.models import Session

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, PASSWORD, new_token
from tests.factories import AccessTokenFactory
from workspaces.models import Event

pytestmark = pytest.mark.same_on_each_database

GZIP = {"Accept-Encoding": "gzip, br, deflate"}


def secret_in(response):
    return response.text.split('spellcheck="false">')[1].split("<")[0]


@pytest.mark.parametrize("view", ["list", "create", "settings", "edit", "delete"])
def test_no_cache_keeps_a_page(owner, token, view):
    response = owner.get(view, token if view in {"edit", "delete"} else None)
    assert "no-store" in response.headers["Cache-Control"]
    assert "private" in response.headers["Cache-Control"]


@pytest.mark.parametrize("headers", [{}, HTMX, {**HTMX, "HX-History-Restore-Request": "true"}])
def test_the_list_varies_by_what_htmx_asks_for(owner, token, headers):
    response = owner.get("list", headers=headers)
    varies = {name.strip().lower() for name in response.headers["Vary"].split(",")}
    assert {"hx-request", "hx-history-restore-request", "cookie"} <= varies
    is_whole = "<html" in response.text
    assert is_whole == (headers != HTMX)
    assert 'id="tokens"' in response.text


def test_pages_are_compressed(acme, owner):
    AccessTokenFactory.create_batch(5, workspace=acme, creator=owner.user)
    assert owner.get("list", headers=GZIP).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("htmx", [True, False])
def test_the_answer_with_a_new_secret_is_neither_compressed_nor_stored(owner, htmx):
    response = owner.post("create", data=new_token(), htmx=htmx, headers=GZIP)
    assert response.status_code == 200
    assert secret_in(response).startswith(f"lkey_{AccessToken.objects.get().key_id}")
    assert "Content-Encoding" not in response.headers
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("htmx", [True, False])
def test_the_answer_with_a_copied_secret_is_neither_compressed_nor_stored(owner, made, htmx):
    response = owner.post("copy", made.row, htmx=htmx, headers=GZIP)
    assert secret_in(response) == made.plaintext
    assert "Content-Encoding" not in response.headers
    assert "no-store" in response.headers["Cache-Control"]


def test_a_secret_is_in_no_session_cookie_header_or_event(owner, made):
    secrets = [made.plaintext]
    for answer in (owner.post("create", data=new_token()), owner.post("copy", made.row)):
        secrets.append(secret_in(answer))
        kept = f"{answer.headers} {answer.cookies} {owner.client.cookies}"
        assert not [secret for secret in secrets if secret[15:] in kept]
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    events = [str(values) for values in Event.objects.values()]
    assert sessions
    assert events
    assert not [text for text in (*sessions, *events) for secret in secrets if secret[15:] in text]


@pytest.mark.parametrize("view", ["list", "edit", "delete", "settings"])
def test_no_other_page_holds_a_secret(owner, made, view):
    response = owner.get(view, made.row if view in {"edit", "delete"} else None)
    assert made.secret not in response.text
    assert made.plaintext not in response.text


@pytest.mark.parametrize("view", ["enable", "disable", "edit", "delete"])
def test_no_redirect_holds_a_secret(owner, made, view):
    response = owner.post(view, made.row, new_token(expires="keep"))
    assert response.status_code == 302
    assert "lkey_" not in response.url
    assert made.secret not in response.url


def test_a_refused_password_makes_nothing_and_shows_nothing(as_member, made):
    person = as_member(minutes_ago=16)
    for password in ("", "not it"):
        response = person.post("create", data=new_token(password=password))
        assert response.status_code == 422
        assert person.post("copy", made.row, {"password": password}).status_code == 422
        assert made.secret not in person.post("copy", made.row, {"password": password}).text
    assert AccessToken.objects.count() == 1
    assert not Event.objects.exists()


def test_a_password_is_not_put_back_into_the_form(as_member):
    response = as_member(minutes_ago=16).post("create", data=new_token(password="not it"))
    assert "not it" not in response.text


def test_a_right_password_counts_for_a_quarter_of_an_hour(as_member, made):
    person = as_member(minutes_ago=16)
    assert made.plaintext in person.post("copy", made.row, {"password": PASSWORD}).text
    assert made.plaintext in person.post("copy", made.row).text


def test_guesses_are_limited(as_member, made):
    person = as_member(minutes_ago=16)
    answers = [person.post("copy", made.row, {"password": f"guess {number}"}).text for number in range(15)]
    assert "This password is wrong" in answers[0]
    assert "Too many failed attempts" in answers[-1]
    assert made.plaintext not in person.post("copy", made.row, {"password": PASSWORD}).text
