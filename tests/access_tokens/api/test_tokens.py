from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token
from tests.roles import EACH_ROLE
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/workspaces/acme/access-tokens"
FIELDS = {
    *("id", "key_id", "label", "scope", "status", "masked"),
    *("created_at", "created_by", "expires_at", "last_used_at", "parent", "rotation"),
}


def one(made, action=""):
    return f"{TOKENS}/{made.row.key_id}{action}"


def body(**changes):
    return {"label": "CI", "scope": "viewer", **changes}


# Create


def test_a_created_token_is_in_the_response_and_works(api, owner):
    response = api.post(TOKENS, owner, body(expires_at="2199-01-31T12:00:00+02:00"))
    assert response.status_code == 201
    told = response.json()
    assert set(told) == FIELDS | {"token"}
    assert (told["label"], told["scope"], told["status"]) == ("CI", "viewer", "active")
    assert told["expires_at"] == "2199-01-31T10:00:00Z"
    assert told["parent"] == owner.row.key_id
    assert told["created_by"] == owner.row.creator.email
    assert told["id"] == f"{owner.row.creator_email}_{told['key_id']}"
    assert api.get("/api/v1/me", told["token"]).json()["token"] == {
        **{field: told[field] for field in FIELDS},
    }


def test_no_other_response_contains_the_secret(api, owner):
    told = api.post(TOKENS, owner, body()).json()
    url = f"{TOKENS}/{told['key_id']}"
    for response in (
        api.get(url, owner),
        api.get(TOKENS, owner),
        api.patch(url, owner, {"label": "New"}),
        api.post(f"{url}/disable", owner),
        api.post(f"{url}/enable", owner),
        api.get("/api/v1/me", told["token"]),
    ):
        assert response.status_code == 200
        assert told["token"][15:] not in response.text
        assert '"token":' not in response.text.replace('{"token":{"id"', "")


@pytest.mark.parametrize("expires_at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_an_expiry_outside_of_the_calendar_in_utc_is_rejected(api, owner, expires_at):
    answer = api.post(TOKENS, owner, body(expires_at=expires_at))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/expires_at"]
    assert "years 1 to 9999" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("expires_at", [{}, {"expires_at": None}])
def test_a_token_without_an_expiry_never_expires(api, owner, expires_at):
    assert api.post(TOKENS, owner, body(**expires_at)).json()["expires_at"] is None


def test_a_scope_above_the_callers_is_rejected_with_the_required_scope(api, acme):
    manager = make_token(acme, Role.WORKSPACE_MANAGER)
    response = api.post(TOKENS, manager, body(scope="owner"))
    assert response.status_code == 403
    assert response.json()["required_scope"] == "owner"
    challenge = 'Bearer realm="Latchkey", error="insufficient_scope", scope="owner"'
    assert response.headers["WWW-Authenticate"] == challenge


def test_an_expiry_after_the_callers_is_not_allowed_with_any_scope(api, acme):
    end = timezone.now() + timedelta(days=1)
    short = make_token(acme, Role.OWNER, expires_at=end)
    response = api.post(TOKENS, short, body())
    assert response.status_code == 403
    assert "Your access token expires at" in response.json()["detail"]
    assert "required_scope" not in response.json()
    assert "WWW-Authenticate" not in response.headers


def test_an_unavailable_scope_is_reported_with_its_pointer(api):
    workspace = WorkspaceFactory(slug="acme", available_roles=all_roles_except(Role.VIEWER))
    response = api.post(TOKENS, make_token(workspace, Role.OWNER), body())
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/scope"]


# Get


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({}, "active"),
        ({"disabled_at": timezone.now()}, "disabled"),
        (expired(), "expired"),
        (expired(disabled_at=timezone.now()), "disabled"),
        ({"scope": Role.TEAM_MEMBER}, "scope_unavailable"),
        (expired(scope=Role.TEAM_MEMBER), "expired"),
    ],
)
def test_the_status_is_the_first_state_that_applies(api, state, status):
    workspace = WorkspaceFactory(slug="acme", available_roles=all_roles_except(Role.TEAM_MEMBER))
    made = make_token(workspace, **state)
    told = api.get(one(made), make_token(workspace)).json()
    assert set(told) == FIELDS
    assert told["status"] == status


def test_the_last_use_is_shown(api, owner):
    used = make_token(owner.row.workspace, last_used_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    assert api.get(one(used), owner).json()["last_used_at"] == "2026-11-24T09:30:00Z"


@pytest.mark.parametrize("key_id", ["0000000000", "x", "%00", "a%00b", "%F0%9F%98%80", "x" * 500])
def test_an_unknown_key_id_is_not_found(api, owner, key_id):
    assert api.get(f"{TOKENS}/{key_id}", owner).status_code == 404


def test_tokens_of_another_workspace_are_not_found(api, owner):
    theirs = make_token(scope=Role.VIEWER)
    before = AccessToken.objects.values().get(pk=theirs.row.pk)
    for response in (
        api.get(one(theirs), owner),
        api.patch(one(theirs), owner, {"label": "Mine"}),
        api.delete(one(theirs), owner),
        api.post(one(theirs, "/disable"), owner),
        api.post(one(theirs, "/enable"), owner),
        api.post(f"/api/v1/workspaces/{theirs.row.workspace.slug}/access-tokens", owner, body()),
    ):
        assert response.status_code == 404
    assert AccessToken.objects.values().get(pk=theirs.row.pk) == before
    assert not Event.objects.exists()


# Patch


def test_only_the_fields_that_are_sent_change(api, acme, owner):
    end = timezone.now().replace(microsecond=0) + timedelta(days=3)
    made = make_token(acme, Role.TEAM_MEMBER, label="Old", expires_at=end)
    before = api.get(one(made), owner).json()
    for change in ({"label": "New"}, {"scope": "administrator"}, {"expires_at": "2199-01-01T00:00:00Z"}, {}):
        response = api.patch(one(made), owner, change)
        before |= change
        assert (response.status_code, response.json()) == (200, before)
    assert api.patch(one(made), owner, {"expires_at": None}).json()["expires_at"] is None


def test_a_disabled_token_can_be_edited_and_stays_disabled(api, acme, owner):
    made = make_token(acme, disabled_at=timezone.now())
    assert api.patch(one(made), owner, {"label": "New"}).json()["status"] == "disabled"


def test_values_that_were_read_can_be_sent_back(api, acme, owner):
    over = expired()
    made = make_token(acme, **{**over, "expires_at": over["expires_at"].replace(microsecond=0)})
    told = api.get(one(made), owner).json()
    response = api.patch(one(made), owner, {name: told[name] for name in ("label", "scope", "expires_at")})
    assert response.status_code == 200
    assert response.json() == told


@pytest.mark.parametrize("field", ["label", "scope"])
def test_label_and_scope_cannot_be_null(api, acme, owner, field):
    response = api.patch(one(make_token(acme)), owner, {field: None})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{field}"]


@pytest.mark.parametrize("field", ["key_id", "id", "token", "created_by", "status", "disabled_at", "parent", "digest"])
def test_read_only_fields_are_rejected(api, acme, owner, field):
    made = make_token(acme)
    before = AccessToken.objects.values().get(pk=made.row.pk)
    response = api.patch(one(made), owner, {"label": "New", field: "x"})
    assert response.status_code == 422
    assert response.json()["errors"] == [{"pointer": f"/{field}", "detail": f"There is no field “{field}”. Remove it."}]
    assert AccessToken.objects.values().get(pk=made.row.pk) == before


# Delete, enable, disable


def test_a_deleted_token_is_rejected_and_not_found(api, acme, owner):
    made = make_token(acme)
    response = api.delete(one(made), owner)
    assert (response.status_code, response.content) == (204, b"")
    assert api.delete(one(made), owner).status_code == 404
    assert api.get("/api/v1/me", made).status_code == 401


def test_disable_and_enable_return_the_token_and_are_idempotent(api, acme, owner):
    made = make_token(acme)
    for action, status, code in (("disable", "disabled", 401), ("enable", "active", 200)):
        for _ in range(2):
            response = api.post(one(made, f"/{action}"), owner)
            assert (response.status_code, response.json()["status"]) == (200, status)
        assert api.get("/api/v1/me", made).status_code == code


@EACH_ROLE
def test_a_token_of_any_scope_can_disable_but_not_enable_itself(api, acme, role):
    itself = make_token(acme, role)
    assert api.post(one(itself, "/disable"), itself).json()["status"] == "disabled"
    assert api.post(one(itself, "/enable"), itself).status_code == 401


def test_an_event_records_the_token_ip_address_and_request(api, acme, owner):
    made = make_token(acme)
    api.post(one(made, "/disable"), owner, headers={"X-Request-Id": "from-the-edge-1"}, REMOTE_ADDR="192.0.2.7")
    event = Event.objects.get()
    assert (event.actor_type, event.actor_name) == ("token", owner.row.token_id)
    assert (event.ip_address, event.request_id) == ("192.0.2.7", "from-the-edge-1")


def test_a_token_of_any_scope_can_delete_itself(api, acme):
    me = make_token(acme, Role.VIEWER)
    assert api.delete(one(me), me).status_code == 204
    assert api.get("/api/v1/me", me).status_code == 401
