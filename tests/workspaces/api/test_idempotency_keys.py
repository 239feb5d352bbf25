import pytest

from access_tokens.models import AccessToken
from tests.factories import make_token
from workspaces.api.problems import Problem
from workspaces.models import Event, IdempotencyKey, Project
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
ACME = "/api/v1/workspaces/acme"
TOKENS, PROJECTS = f"{ACME}/access-tokens", f"{ACME}/projects"
BODY = {"label": "CI", "scope": "viewer"}


@pytest.fixture
def other(acme):
    return make_token(acme, label="Other").row


def with_key(key="first"):
    return {"headers": {"Idempotency-Key": key}}


def assert_is(answer, problem):
    assert answer.status_code == problem.status
    assert answer.json()["type"] == problem.url


def test_a_repeated_request_creates_no_second_token_and_points_to_the_first(api, owner):
    made = api.post(TOKENS, owner, BODY, **with_key()).json()
    again = api.post(TOKENS, owner, BODY, **with_key())
    assert_is(again, Problem.ALREADY_CREATED)
    path = f"{TOKENS}/{made['key_id']}"
    assert again.json()["existing"] == again.headers["Location"] == path
    assert "Rotate the token if you lost it" in again.json()["detail"]
    assert made["token"] not in again.text
    assert api.get(path, owner).json()["key_id"] == made["key_id"]
    assert AccessToken.objects.filter(label="CI").count() == 1
    assert Event.objects.count() == 1


def test_no_secret_is_stored_with_the_key(api, owner):
    made = api.post(TOKENS, owner, BODY, **with_key()).json()
    kept = str(IdempotencyKey.objects.values().get())
    assert made["token"][15:58] not in kept
    assert "first" not in kept


def test_a_deleted_token_is_not_created_again(api, owner):
    made = api.post(TOKENS, owner, BODY, **with_key()).json()
    api.delete(f"{TOKENS}/{made['key_id']}", owner)
    again = api.post(TOKENS, owner, BODY, **with_key())
    assert_is(again, Problem.ALREADY_CREATED)
    assert "has been deleted" in again.json()["detail"]
    assert again.json()["existing"] is None
    assert "Location" not in again.headers


def test_a_repeated_request_returns_the_same_project(api, owner):
    first, again = (api.post(PROJECTS, owner, {"name": "Site"}, **with_key()) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.headers["Location"] == again.headers["Location"] == f"{PROJECTS}/{first.json()['id']}"
    assert Project.objects.count() == 1


def test_a_deleted_project_is_not_created_again(api, owner):
    made = api.post(PROJECTS, owner, {"name": "Site"}, **with_key())
    api.delete(made.headers["Location"], owner)
    assert_is(api.post(PROJECTS, owner, {"name": "Site"}, **with_key()), Problem.ALREADY_CREATED)


def test_a_repeated_request_rotates_once(api, owner, other):
    url = f"{TOKENS}/{other.key_id}/rotate"
    rotated = api.post(url, owner, {"overlap_seconds": 60}, **with_key()).json()
    again = api.post(url, owner, {"overlap_seconds": 60}, **with_key())
    assert_is(again, Problem.ALREADY_CREATED)
    assert again.json()["existing"] == f"{TOKENS}/{other.key_id}"
    assert rotated["token"] not in again.text


@pytest.mark.parametrize("changed", [{**BODY, "label": "CD"}, {**BODY, "expires_at": "2999-01-01T00:00:00Z"}])
def test_a_key_is_rejected_with_another_body_or_url(api, owner, changed):
    api.post(TOKENS, owner, BODY, **with_key())
    assert_is(api.post(TOKENS, owner, changed, **with_key()), Problem.IDEMPOTENCY_KEY_REUSED)
    assert_is(api.post(PROJECTS, owner, {"name": "Site"}, **with_key()), Problem.IDEMPOTENCY_KEY_REUSED)
    assert AccessToken.objects.count() == 2


def test_the_formatting_of_the_body_does_not_matter(api, owner):
    api.post(TOKENS, owner, BODY, **with_key())
    spelt = '{ "scope" : "viewer",\n "label": "\\u0043I" }'
    assert_is(api.post(TOKENS, owner, spelt, **with_key()), Problem.ALREADY_CREATED)


def test_each_token_has_its_own_keys(api, acme, owner):
    api.post(TOKENS, owner, BODY, **with_key())
    assert api.post(TOKENS, make_token(acme, Role.OWNER), BODY, **with_key()).status_code == 201


def test_a_second_request_waits_while_the_first_is_in_progress(api, owner):
    api.post(TOKENS, owner, BODY, **with_key())
    IdempotencyKey.objects.update(result_id="")
    answer = api.post(TOKENS, owner, BODY, **with_key())
    assert_is(answer, Problem.REQUEST_IN_PROGRESS)
    assert answer.headers["Retry-After"] == "1"


def test_a_rejected_request_frees_the_key(api, owner):
    assert api.post(TOKENS, owner, {**BODY, "label": " "}, **with_key()).status_code == 422
    assert api.post(TOKENS, owner, BODY, **with_key()).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "ключ", "a\tb"])
def test_an_invalid_key_is_rejected(api, owner, key):
    answer = api.post(TOKENS, owner, BODY, **with_key(key))
    assert_is(answer, Problem.INVALID_REQUEST)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert AccessToken.objects.count() == 1
