from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from tests.factories import WorkspaceFactory, expired, make_token
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/workspaces/acme/access-tokens"
DAY = timedelta(days=1)
NOW = timezone.now()


def at(instant):
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def caller():
    acme = WorkspaceFactory(slug="acme")
    make_token(acme, label="Used", last_used_at=NOW - 40 * DAY, created_at=NOW - 50 * DAY)
    make_token(acme, label="Ending", expires_at=NOW + 3 * DAY)
    make_token(acme, Role.OWNER, label="Over", **expired())
    make_token(acme, label="Off", disabled_at=NOW)
    make_token(acme, label="Off and over", disabled_at=NOW, **expired())
    make_token(label="Elsewhere")
    return make_token(acme, Role.TEAM_MEMBER, label="Caller")


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ({}, {"Used", "Ending", "Over", "Off", "Off and over", "Caller"}),
        ({"status": "disabled"}, {"Off", "Off and over"}),
        ({"status": "expired"}, {"Over", "Off and over"}),
        ({"status": "active"}, {"Used", "Ending", "Caller"}),
        ({"scope": "owner"}, {"Over"}),
        ({"q": "OFF AND"}, {"Off and over"}),
        ({"created_after": at(NOW - 45 * DAY)}, {"Ending", "Over", "Off", "Off and over", "Caller"}),
        ({"expires_before": at(NOW + 4 * DAY)}, {"Ending", "Over", "Off and over"}),
        ({"last_used_before": at(NOW - 30 * DAY)}, {"Used"}),
        ({"last_used_before": at(NOW - 41 * DAY)}, set()),
        ({"expires": "soon"}, {"Ending"}),
        ({"expires": "past"}, {"Over", "Off and over"}),
        ({"expires": "never"}, {"Used", "Off", "Caller"}),
        ({"status": "expired", "scope": "owner", "expires_before": at(NOW + DAY)}, {"Over"}),
    ],
)
def test_a_list_contains_the_tokens_that_match_all_filters(api, caller, query, labels):
    seen: set[str] = set()
    cursor: dict[str, str] = {}
    while True:
        page = api.get(f"{TOKENS}?{urlencode({**query, **cursor, 'limit': 2})}", caller).json()
        seen |= {item["label"] for item in page["items"]}
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == labels


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "gone"),
        ("scope", "boss"),
        ("q", "a\0b"),
        ("q", "x" * 201),
        ("created_after", "yesterday"),
        ("expires_before", "2026-11-24T09:30:00"),
        ("last_used_before", "1700000000"),
        ("created_before", "0001-01-01T00:00:00+14:00"),
        ("created_after", "9999-12-31T23:59:59-12:00"),
        ("expires", "tomorrow"),
        ("sort", "digest"),
        ("sort", "--label"),
        ("sort", ""),
        ("state", "disabled"),
        ("Status", "disabled"),
    ],
)
def test_an_invalid_or_unknown_filter_is_rejected(api, caller, name, value):
    response = api.get(f"{TOKENS}?{urlencode({name: value})}", caller)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [name]


def test_a_filter_sent_twice_is_rejected(api, caller):
    response = api.get(f"{TOKENS}?status=active&status=disabled", caller)
    assert response.status_code == 422
    assert response.json()["errors"] == [{"pointer": "status", "detail": "Send “status” once."}]
