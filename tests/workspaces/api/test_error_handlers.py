"""Errors of the API: application/problem+json (RFC 9457) with a pointer to each wrong field."""

import io
import json
import logging

import pytest
from django.db import InterfaceError, OperationalError

from access_tokens import operations
from access_tokens.authentication import request_auth
from access_tokens.middleware import MAX_BODY_BYTES
from access_tokens.models import AccessToken
from tests.factories import WorkspaceFactory, make_token
from workspaces.api.problems import Problem
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
TOKENS = "/api/v1/workspaces/acme/access-tokens"
MEMBERS = {"type", "title", "status", "detail"}


@pytest.fixture
def owner():
    return make_token(WorkspaceFactory(slug="acme"), Role.OWNER)


def assert_problem(response, problem_type, *extensions):
    assert response.status_code == problem_type.status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Request-Id"]
    assert {"WWW-Authenticate", "Allow", "Location", "Retry-After", "ETag"} & set(response.headers) == set(
        problem_type.headers
    )
    problem = json.loads(response.content)
    assert set(problem) == MEMBERS | set(extensions)
    assert problem["type"] == f"http://localhost:8000/help/errors#{problem_type.slug}"
    assert (problem["title"], problem["status"]) == (problem_type.title, problem_type.status)
    assert problem["detail"]
    return problem


def assert_invalid(response, *pointers):
    problem = assert_problem(response, Problem.INVALID_REQUEST, "errors")
    assert [error["pointer"] for error in problem["errors"]] == list(pointers)
    assert all(error["detail"] for error in problem["errors"])
    assert AccessToken.objects.count() == 1
    assert not Event.objects.exists()
    return problem


def create(api, owner, **changes):
    return api.post(TOKENS, owner, {"label": "CI", "scope": "viewer", **changes})


# Addresses and methods


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nowhere", "/api/v2/me", "/api/v1/me/", "/api/v1/docs/", "/api/v1/me%00"]
)
def test_an_unknown_url_is_not_found(api, owner, path):
    assert_problem(api.get(path, owner), Problem.NOT_FOUND)


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/api/v1/me", "post", {"GET", "HEAD", "DELETE"}),
        ("/api/v1/workspaces/acme", "post", {"GET", "HEAD", "PATCH", "DELETE"}),
        (TOKENS, "delete", {"GET", "HEAD", "POST"}),
        (TOKENS, "put", {"GET", "HEAD", "POST"}),
        (f"{TOKENS}/0123456789", "post", {"GET", "HEAD", "PATCH", "DELETE"}),
        (f"{TOKENS}/0123456789/enable", "get", {"POST"}),
    ],
)
def test_other_methods_are_rejected_with_the_allowed_ones(api, owner, path, method, allowed):
    """RFC 9110, 15.5.6: the answer must have `Allow`."""
    response = api.request(method, path, owner)
    problem = assert_problem(response, Problem.METHOD_NOT_ALLOWED)
    assert set(response.headers["Allow"].split(", ")) == allowed
    assert method.upper() in problem["detail"]


@pytest.mark.parametrize("path", ["/api/v1/me", TOKENS])
def test_head_returns_the_headers_of_get(api, owner, path):
    """RFC 9110, 9.3.2."""
    answer, head = api.get(path, owner), api.request("head", path, owner)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == answer.headers["Content-Type"]


# Bodies that can't be read


def test_a_body_without_content_length_is_rejected(api, owner):
    headers = {"Transfer-Encoding": "chunked"}
    assert_problem(api.post(TOKENS, owner, CONTENT_LENGTH="", headers=headers), Problem.LENGTH_REQUIRED)


def test_a_body_over_the_limit_is_rejected_before_it_is_read(api, owner):
    limit = MAX_BODY_BYTES
    assert_problem(create(api, owner, label="x" * limit), Problem.CONTENT_TOO_LARGE)
    fits = json.dumps({"label": "", "scope": "viewer"})
    assert_invalid(api.post(TOKENS, owner, fits + " " * (limit - len(fits))), "/label")


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/xml", ""]
)
def test_other_content_types_are_rejected(api, owner, content_type):
    response = api.post(TOKENS, owner, '{"label": "CI", "scope": "viewer"}', content_type=content_type)
    assert_problem(response, Problem.UNSUPPORTED_MEDIA_TYPE)
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/JSON"])
def test_a_json_content_type_can_have_a_charset(api, owner, content_type):
    response = api.post(TOKENS, owner, '{"label": "CI", "scope": "viewer"}', content_type=content_type)
    assert response.status_code == 201


NOT_JSON = ["{", "{'label': 'CI'}", '{"label": "CI",}', "lkey_", b"\xff\xfe", b'{"label": "\xff"}', "[" * 60_000]


@pytest.mark.parametrize("body", NOT_JSON, ids=range(len(NOT_JSON)))
def test_a_body_that_is_not_json_is_rejected(api, owner, body):
    assert_invalid(api.post(TOKENS, owner, body), "")


@pytest.mark.parametrize("body", ["[]", '"text"', "3", "null", "true", '[{"label": "CI", "scope": "viewer"}]'])
def test_a_body_that_is_not_a_json_object_is_rejected(api, owner, body):
    problem = assert_invalid(api.post(TOKENS, owner, body), "")
    assert problem["detail"] == "Send a JSON object as the body."


def test_a_missing_body_is_rejected(api, owner):
    assert_invalid(api.post(TOKENS, owner), "")


def test_a_label_with_a_token_is_rejected_and_not_repeated(api, owner):
    problem = assert_invalid(create(api, owner, label=f"key {owner.plaintext}"), "/label")
    assert owner.plaintext not in json.dumps(problem)


@pytest.mark.parametrize("depth", [100, 900, 5_000, 10_000])
def test_deeply_nested_json_is_rejected(api, owner, depth):
    deep = '{"label":' * depth + "1" + "}" * depth
    assert api.post(TOKENS, owner, deep[: MAX_BODY_BYTES - 10]).status_code == 422
    assert_invalid(api.post(TOKENS, owner, f'{{"label": "CI", "scope": {"[" * 900 + "]" * 900}}}'), "/scope")


# Fields


def test_a_pointer_is_escaped_and_contains_no_token(api, owner):
    """RFC 6901, 3."""
    assert_invalid(create(api, owner, **{"a/b~c": 1, owner.plaintext: 1}), "/a~1b~0c", f"/{owner.row.masked}")


def test_every_wrong_field_is_reported_with_its_json_pointer(api, owner):
    problem = assert_invalid(
        api.post(TOKENS, owner, {"scope": "boss", "expires_at": "soon", "colour": "red"}),
        *("/label", "/scope", "/expires_at", "/colour"),
    )
    details = {error["pointer"]: error["detail"] for error in problem["errors"]}
    assert details["/label"] == "“label” is required."
    assert details["/colour"] == "There is no field “colour”. Remove it."
    assert problem["detail"] == " ".join(details.values())


def test_special_characters_in_a_pointer_are_escaped(api, owner):
    """RFC 6901, section 3: `~` and `/` in a name are written `~0` and `~1`."""
    assert_invalid(create(api, owner, **{"a/b~c": 1}), "/a~1b~0c")


NO_LABELS = ["", "  ", "a\0b", "\0", "x" * 101, "x" * 1001, "\u200b", "a\u202eb", 1, True, [], {}]


@pytest.mark.parametrize("label", NO_LABELS)
def test_an_invalid_label_is_rejected(api, owner, label):
    assert_invalid(create(api, owner, label=label), "/label")


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\udfffb"', '"\\udc00\\ud800"'])
def test_a_lone_surrogate_is_rejected(api, owner, text):
    response = api.post(TOKENS, owner, f'{{"label": {text}, "scope": "viewer"}}')
    assert_invalid(response, "/label")


@pytest.mark.parametrize("label", ["x" * 100, "日本語", "👩‍👩‍👧", "a", "\u2028x".strip(), "<script>"])
def test_a_label_can_use_any_script(api, owner, label):
    assert create(api, owner, label=label).json()["label"] == label


@pytest.mark.parametrize("scope", ["Viewer", "OWNER", "boss", "", "viewer\0", 1, 16, None, ["viewer"], True])
def test_an_unknown_scope_is_rejected(api, owner, scope):
    assert_invalid(create(api, owner, scope=scope), "/scope")


def test_no_response_repeats_a_token_sent_by_mistake(api, owner):
    for body in (
        {"label": "CI", "scope": owner.plaintext},
        {"label": owner.plaintext * 3, "scope": "viewer"},
        {"label": "CI", "scope": "viewer", owner.plaintext: 1},
        {"label": "CI", "scope": "viewer", "expires_at": owner.plaintext},
    ):
        response = api.post(TOKENS, owner, body)
        assert response.status_code == 422
        assert owner.secret not in response.text


# Expiries


@pytest.mark.parametrize(
    "expires_at",
    [
        *("2020-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"),
        *("2199-01-31T12:00:00", "2199-01-31", "12:00", "2199-01-31T12:00:00+25:00"),
        *("10000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "2199-02-30T00:00:00Z"),
        *(4102444800, 4102444800.5, "4102444800", "P1Y", "never", "", " ", "\0", True, [], {}, "1e400", 10**400),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_an_invalid_expiry_is_rejected(api, owner, expires_at):
    assert_invalid(create(api, owner, expires_at=expires_at), "/expires_at")
    changed = api.patch(f"{TOKENS}/{owner.row.key_id}", owner, {"expires_at": expires_at})
    assert_invalid(changed, "/expires_at")


# Failures of ours


def broken(error):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.mark.parametrize("error", [OperationalError("lost"), InterfaceError("closed")])
@pytest.mark.parametrize("where", [(request_auth, "authenticate"), (operations, "create")])
def test_a_lost_database_is_unavailable_with_retry_after(api, owner, monkeypatch, error, where):
    monkeypatch.setattr(*where, broken(error))
    response = create(api, owner)
    problem = assert_problem(response, Problem.UNAVAILABLE)
    assert response.headers["Retry-After"] == "5"
    assert "lost" not in problem["detail"]


def test_an_unexpected_error_is_internal_without_details(api, owner, monkeypatch):
    api.client.raise_request_exception = False
    monkeypatch.setattr(operations, "create", broken(RuntimeError(f"inner words {owner.plaintext}")))
    response = create(api, owner)
    problem = assert_problem(response, Problem.INTERNAL_ERROR)
    assert problem["detail"] == "Something went wrong on our side. Nothing was changed."


def test_an_unexpected_error_is_logged_with_its_request_id_but_no_token(api, owner, monkeypatch):
    [ours] = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    monkeypatch.setattr(ours, "stream", io.StringIO())
    monkeypatch.setattr(operations, "create", broken(RuntimeError(f"inner words {owner.plaintext}")))
    api.client.raise_request_exception = False
    api.post(TOKENS, owner, {"label": "CI", "scope": "viewer"}, headers={"X-Request-Id": "find-me-again"})
    logged = ours.stream.getvalue()
    [told] = map(json.loads, logged.splitlines())
    assert (told["event"], told["request_id"]) == (f"API request failed: {TOKENS}", "find-me-again")
    assert f"inner words {owner.plaintext[:10]}…" in told["exception"]
    assert owner.secret not in logged
