"""Search and filters of the list, each alone and together, as the URL says them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import AccessTokenFactory, expired
from workspaces.permissions import Role


@pytest.fixture(autouse=True)
def tokens(acme):
    now = timezone.now()
    AccessTokenFactory(workspace=acme, label="Soon", scope=Role.OWNER, expires_at=now + timedelta(days=14, minutes=-1))
    AccessTokenFactory(workspace=acme, label="Later", expires_at=now + timedelta(days=14, minutes=1))
    AccessTokenFactory(workspace=acme, label="Never", disabled_at=now)
    AccessTokenFactory(workspace=acme, label="Over", scope=Role.OWNER, **expired())
    AccessTokenFactory(label="Elsewhere")


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ({}, {"Soon", "Later", "Never", "Over"}),
        ({"expires": "soon"}, {"Soon"}),
        ({"expires": "later"}, {"Later"}),
        ({"expires": "past"}, {"Over"}),
        ({"expires": "never"}, {"Never"}),
        ({"expires": "nonsense"}, {"Soon", "Later", "Never", "Over"}),
        ({"scope": "owner"}, {"Soon", "Over"}),
        ({"scope": "owner", "expires": "soon"}, {"Soon"}),
        ({"status": "disabled"}, {"Never"}),
        ({"status": "active"}, {"Soon", "Later"}),
        ({"q": "over", "scope": "owner"}, {"Over"}),
        ({"q": "elsewhere"}, set()),
        ({"expires_before": "0001-01-01T00:00:00+14:00"}, {"Soon", "Later", "Never", "Over"}),
        ({"created_after": "9999-12-31T23:59:59-12:00"}, {"Soon", "Later", "Never", "Over"}),
        ({"q": "a\0b"}, {"Soon", "Later", "Never", "Over"}),
    ],
)
def test_the_filters_hold_together(owner, query, labels):
    table = owner.get("list", query=query).context["table"]
    assert {row.record.label for row in table.rows} == labels


@pytest.mark.parametrize("sort", ["label", "key_id", "scope", "created_at", "expires_at", "id", "created_by", "status"])
def test_each_sort_has_its_reverse(owner, sort):
    one, other = (
        [row.record.label for row in owner.get("list", query={"sort": f"{sign}{sort}"}).context["table"].rows]
        for sign in ("", "-")
    )
    assert one == other[::-1]
