from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import WorkspaceFactory, make_token
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
ACME = "/api/v1/workspaces/acme"
SOON = timezone.now() + timedelta(days=1)
SAME = {"expires_at": None}


def told(workspace, **changes):
    return {
        "slug": "acme",
        "name": "Acme",
        "created_at": f"{workspace.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "copy_policy": "encrypted",
        "requests_per_minute": 600,
        "max_lifetime_days": None,
        "non_expiring_allowed": True,
        "default_expiry": "1m",
        **changes,
    }


def test_a_token_sees_only_its_own_workspace(api, acme):
    token = make_token(acme)
    WorkspaceFactory(slug="globex")
    assert api.get("/api/v1/workspaces", token).json() == {"items": [told(acme)], "next": None}
    assert api.get(ACME, token).json() == told(acme)


@pytest.mark.parametrize("path", ["", "/access-tokens", "/projects", "/access-tokens/0123456789"])
def test_another_workspace_looks_the_same_as_none(api, path):
    owner = make_token(scope=Role.OWNER)
    WorkspaceFactory(slug="globex")
    answers = [
        api.get(f"/api/v1/workspaces/{slug}{path}", owner, headers={"X-Request-Id": "one-and-same"})
        for slug in ("globex", "nowhere")
    ]
    assert {answer.status_code for answer in answers} == {404}
    there, nowhere = ({**answer.headers, "RateLimit": "counts on"} for answer in answers)
    assert (answers[0].content, there) == (answers[1].content, nowhere)


@pytest.mark.parametrize("slug", ["ACME", "acme%00", "acme%20", "%F0%9F%98%80", ".."])
def test_a_similar_slug_is_not_found(api, owner, slug):
    assert api.get(f"/api/v1/workspaces/{slug}", owner).status_code == 404


def test_renaming_a_workspace_keeps_its_slug(api, acme):
    manager = make_token(acme, Role.WORKSPACE_MANAGER)
    assert api.patch(ACME, manager, {"name": " Acme  Ltd "}).json() == told(acme, name="Acme  Ltd")
    event = Event.objects.get()
    assert (event.event_type, event.changes) == ("workspace.renamed", {"name": ["Acme", "Acme  Ltd"]})


def test_an_owner_sets_copy_policy_and_rate_limit(api, acme, owner):
    answer = api.patch(ACME, owner, {"copy_policy": "show_once", "requests_per_minute": 30})
    assert answer.json() == told(acme, copy_policy="show_once", requests_per_minute=30)
    assert api.patch(ACME, owner, {"requests_per_minute": None}).json()["requests_per_minute"] == 600
    kinds = list(Event.objects.order_by("pk").values_list("event_type", flat=True))
    assert kinds == [
        "workspace.copy_policy_changed",
        "workspace.rate_limit_changed",
        "workspace.rate_limit_changed",
    ]


def test_a_change_is_atomic(api, acme):
    manager = make_token(acme, Role.WORKSPACE_MANAGER)
    assert api.patch(ACME, manager, {"name": "Globex", "requests_per_minute": 30}).status_code == 403
    assert api.get(ACME, manager).json() == told(acme)
    assert not Event.objects.exists()


@pytest.mark.parametrize("change", [{}, {"name": "Globex"}, {"requests_per_minute": 30}])
def test_even_an_empty_change_requires_permission(api, acme, change):
    assert api.patch(ACME, make_token(acme, Role.TEAM_MEMBER), change).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": None}, "/name"),
        ({"slug": "other"}, "/slug"),
        ({"copy_policy": "never"}, "/copy_policy"),
        ({"requests_per_minute": 0}, "/requests_per_minute"),
        ({"requests_per_minute": 6001}, "/requests_per_minute"),
        ({"requests_per_minute": 10**30}, "/requests_per_minute"),
        ({"requests_per_minute": "30"}, "/requests_per_minute"),
        ({"max_lifetime_days": 0}, "/max_lifetime_days"),
        ({"max_lifetime_days": 3651}, "/max_lifetime_days"),
        ({"max_lifetime_days": 30, "non_expiring_allowed": True}, "/non_expiring_allowed"),
        ({"non_expiring_allowed": None}, "/non_expiring_allowed"),
        ({"default_expiry": "custom"}, "/default_expiry"),
        ({"non_expiring_allowed": False, "default_expiry": "never"}, "/default_expiry"),
        ({"existing_tokens": "drop"}, "/existing_tokens"),
    ],
)
def test_an_invalid_change_is_rejected_and_changes_nothing(api, acme, owner, body, pointer):
    answer = api.patch(ACME, owner, body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert api.get(ACME, owner).json() == told(acme)
    assert not Event.objects.exists()


def test_a_maximum_lifetime_keeps_existing_tokens(api, acme, owner):
    told_now = api.patch(ACME, owner, {"max_lifetime_days": 90}).json()
    assert told_now == told(acme, max_lifetime_days=90, non_expiring_allowed=False)
    owner.row.refresh_from_db()
    assert owner.row.expires_at is None


def test_existing_tokens_can_be_capped_including_the_one_that_asks(api, acme, owner):
    api.patch(ACME, owner, {"max_lifetime_days": 90})
    assert api.patch(ACME, owner, {"existing_tokens": "cap"}).status_code == 200
    owner.row.refresh_from_db()
    assert owner.row.expires_at
    assert owner.row.is_active
    assert [event.event_type for event in Event.objects.order_by("pk")][1:] == [
        "token.edited",
        "workspace.expiry_policy_changed",
    ]


def test_a_policy_change_changes_the_etag(api, acme, owner):
    seen = api.get(ACME, owner).headers["ETag"]
    api.patch(ACME, owner, {"max_lifetime_days": 90})
    assert api.patch(ACME, owner, {"name": "Globex"}, headers={"If-Match": seen}).status_code == 412


@pytest.mark.parametrize("expiry", [{}, {"expires_at": None}, {"expires_at": "2999-01-01T00:00:00Z"}])
@pytest.mark.parametrize("scope", [Role.WORKSPACE_MANAGER, Role.OWNER], ids=["manager", "owner"])
def test_an_expiry_beyond_the_maximum_lifetime_is_rejected_with_the_latest(api, acme, expiry, scope):
    caller = make_token(acme, scope)
    acme.max_lifetime_days, acme.non_expiring_allowed = 90, False
    acme.save()
    for answer in (
        api.post(f"{ACME}/access-tokens", caller, {"label": "CI", "scope": "viewer", **expiry}),
        api.patch(f"{ACME}/access-tokens/{make_token(acme, expires_at=SOON).row.key_id}", caller, expiry or SAME),
    ):
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/expires_at"]
        assert "Choose one within 90 days, at the latest " in answer.json()["detail"]
    assert not Event.objects.exists()
