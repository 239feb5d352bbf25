"""The OpenAPI document and the page that shows it: for anybody, and neither opens anything else."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.factories import UserFactory, make_token

pytestmark = pytest.mark.same_on_each_database

DOCS, SCHEMA = "/api/v1/docs", "/api/v1/openapi.json"


def test_the_document_is_told_without_a_token_and_without_a_query(api, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = api.get(SCHEMA)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json()["openapi"].startswith("3.1")


@pytest.mark.parametrize("token", ["lkey_nonsense", None])
def test_the_document_does_not_judge_a_token(api, token):
    assert api.get(SCHEMA, token).status_code == 200


def test_it_says_that_every_call_takes_a_bearer_token(api):
    schema = api.get(SCHEMA).json()
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert schema["security"] == [{"bearer": []}]
    assert {path for path in schema["paths"] if not path.startswith("/api/v1/")} == set()
    assert not {DOCS, SCHEMA} & set(schema["paths"])


def test_the_page_is_the_consoles_and_open_to_anybody(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get(DOCS)
    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    assert f'data-url="{SCHEMA}"' in response.text


def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_script_or_style(client):
    text = client.get(DOCS).text
    loaded = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', text)
    assert len(loaded) > 4
    for url in loaded:
        assert url.startswith("/static/"), url
        assert finders.find(url.removeprefix("/static/")), url
    assert not re.search(r"<style|style=|<script>|<script [^>]*>[^<]", text)


@pytest.mark.parametrize("path", [DOCS, SCHEMA])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_both_are_only_read(api, path, method):
    assert api.request(method, path, json={}).status_code == 405
    assert api.request("head", path).status_code == 200


def test_only_these_two_paths_need_no_token(api):
    for path in (f"{DOCS}/", f"{SCHEMA}/", f"{DOCS}/me", "/api/v1/openapi.json/..", "/api/v1//docs", "/api/v1/DOCS"):
        assert api.get(path).status_code == 401, path


def test_a_token_is_not_shown_to_the_page(api, db):
    """It is one of the console's, which take none."""
    assert api.get(DOCS, make_token()).status_code == 403


def test_a_session_makes_no_difference_to_the_document(db):
    client = Client()
    client.force_login(UserFactory())
    response = client.get(SCHEMA)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
