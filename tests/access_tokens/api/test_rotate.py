from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import time_machine

from access_tokens.authentication.usage import usage
from access_tokens.models import AccessToken
from tests.factories import IssuedToken, make_token
from workspaces.api.problems import Problem
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"
TOKENS = "/api/v1/workspaces/acme/access-tokens"
SECRET_EXPIRES_HEADER = "Latchkey-Secret-Expires"


@pytest.fixture
def administrator(acme):
    return make_token(acme, Role.ADMINISTRATOR)


@pytest.fixture
def token(acme):
    return make_token(acme, label="CI")


def test_only_the_response_to_the_rotation_contains_the_new_secret(api, administrator, token):
    url = f"{TOKENS}/{token.row.key_id}"
    rotated = api.post(f"{url}/rotate", administrator, {"overlap_seconds": 60})
    assert rotated.status_code == 200
    secret = rotated.json()["token"]
    assert api.get(ME, secret).json()["token"]["key_id"] == token.row.key_id
    for answer in (api.get(url, administrator), api.get(TOKENS, administrator), api.get(ME, secret)):
        assert secret[15:] not in answer.text


def test_requests_with_the_previous_secret_get_its_expiry_and_are_counted(api, administrator, token):
    url = f"{TOKENS}/{token.row.key_id}"
    rotated = api.post(f"{url}/rotate", administrator, {"overlap_seconds": 3600}).json()
    new = IssuedToken(token.row, rotated["token"])
    ends_at = datetime.fromisoformat(rotated["rotation"]["previous_secret_expires_at"])
    for _ in range(2):
        old = api.get(ME, token)
        assert parsedate_to_datetime(old.headers[SECRET_EXPIRES_HEADER]) == ends_at
        assert old.headers[SECRET_EXPIRES_HEADER].endswith(" GMT")
    assert SECRET_EXPIRES_HEADER not in api.get(ME, new).headers
    assert rotated["rotation"]["previous_secret_use_count"] == 0
    usage.flush()
    told = api.get(url, administrator).json()["rotation"]
    assert told["previous_secret_use_count"] == 2
    assert told["previous_secret_last_used_at"] is not None
    assert AccessToken.objects.get(pk=token.row.pk).use_count == 3


def test_without_a_body_the_previous_secret_stops_at_once(api, administrator, token):
    rotated = api.post(f"{TOKENS}/{token.row.key_id}/rotate", administrator)
    assert rotated.json()["rotation"] is None
    assert api.get(ME, token).status_code == 401


def test_the_previous_secret_is_rejected_after_the_overlap_period(api, administrator, token):
    rotated = api.post(f"{TOKENS}/{token.row.key_id}/rotate", administrator, {"overlap_seconds": 60}).json()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=62)):
        answer = api.get(ME, token)
        assert answer.json()["type"] == Problem.INVALID_TOKEN.url
        assert api.get(ME, rotated["token"]).json()["token"]["rotation"] is None


def test_a_second_rotation_is_rejected_during_the_overlap_period(api, administrator, token):
    url = f"{TOKENS}/{token.row.key_id}"
    api.post(f"{url}/rotate", administrator, {"overlap_seconds": 60})
    again = api.post(f"{url}/rotate", administrator, {"overlap_seconds": 60})
    assert (again.status_code, again.json()["type"]) == (409, Problem.CONFLICT.url)
    assert api.delete(f"{url}/rotation", administrator).status_code == 204
    assert api.get(ME, token).status_code == 401
    assert api.post(f"{url}/rotate", administrator, {"overlap_seconds": 60}).status_code == 200


@pytest.mark.parametrize("seconds", [-1, 604_801, 10**30, 1.5, "60", None, True])
def test_an_invalid_overlap_is_rejected(api, administrator, token, seconds):
    answer = api.post(f"{TOKENS}/{token.row.key_id}/rotate", administrator, {"overlap_seconds": seconds})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/overlap_seconds"]
    assert api.get(ME, token).status_code == 200
    assert not Event.objects.exists()


@pytest.mark.parametrize("seconds", [0, 60.0, 604_800])
def test_the_shortest_and_longest_overlaps_are_accepted(api, administrator, token, seconds):
    url = f"{TOKENS}/{token.row.key_id}/rotate"
    assert api.post(url, administrator, {"overlap_seconds": seconds}).status_code == 200


def test_a_viewer_token_rotates_itself_and_ends_its_overlap_period(api, token):
    rotated = api.post(f"{ME}/rotate", token, {"overlap_seconds": 60}).json()
    assert api.get(ME, token).headers[SECRET_EXPIRES_HEADER]
    assert api.delete(f"{ME}/rotation", rotated["token"]).status_code == 204
    assert api.get(ME, token).status_code == 401
    assert api.get(ME, rotated["token"]).status_code == 200
    told = [(event.event_type, event.actor_name) for event in Event.objects.order_by("pk")]
    assert told == [("token.rotated", token.row.token_id), ("token.rotation_ended", token.row.token_id)]


def test_disabling_ends_both_secrets(api, administrator, token):
    rotated = api.post(f"{ME}/rotate", token, {"overlap_seconds": 60}).json()
    api.post(f"{TOKENS}/{token.row.key_id}/disable", administrator)
    assert api.get(ME, rotated["token"]).json()["type"] == Problem.TOKEN_DISABLED.url
    assert api.get(ME, token).json()["type"] == Problem.INVALID_TOKEN.url
