"""The list of my workspaces."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.access_tokens.views.console_client import HTMX, sign_in
from tests.factories import (
    AccessTokenFactory,
    MembershipFactory,
    UserFactory,
    WorkspaceFactory,
    all_roles_except,
    expired,
)
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory()


@pytest.fixture
def browser(ada):
    return sign_in(ada)


@pytest.fixture
def join(ada):
    def join(name, role=Role.VIEWER, **fields):
        return MembershipFactory(user=ada, workspace=WorkspaceFactory(name=name), role=role, **fields).workspace

    return join


def rows(response):
    return [row.record for row in response.context["table"].rows]


def names(response):
    return [row.workspace.name for row in rows(response)]


def test_each_row_tells_my_role_the_members_and_the_tokens(browser, join):
    acme, now = join("Acme", Role.ADMINISTRATOR), timezone.now()
    MembershipFactory.create_batch(2, workspace=acme)
    for fields in (
        {},
        {"expires_at": now + timedelta(days=13, hours=23)},
        {"expires_at": now + timedelta(days=14, hours=1)},
        {"expires_at": now + timedelta(days=1), "disabled_at": now},
        expired(),
    ):
        AccessTokenFactory(workspace=acme, **fields)
    acme.available_roles = all_roles_except(Role.TEAM_MEMBER)
    acme.save()
    AccessTokenFactory(workspace=acme, scope=Role.TEAM_MEMBER, expires_at=now + timedelta(days=1))
    AccessTokenFactory()
    [row] = rows(browser.get("/workspaces"))
    assert (row.get_role_display(), row.member_count, row.active_count, row.expiring_count) == (
        "Administrator",
        3,
        3,
        1,
    )


def test_the_last_one_visited_comes_first_and_those_never_visited_last(browser, join):
    now = timezone.now()
    join("Long ago", last_seen_at=now - timedelta(days=2))
    join("Never")
    join("Lately", last_seen_at=now - timedelta(minutes=2))
    assert names(browser.get("/workspaces")) == ["Lately", "Long ago", "Never"]
    opened = rows(browser.get("/workspaces"))[2].workspace
    browser.get(f"/workspace/{opened.slug}/access-tokens")
    assert names(browser.get("/workspaces"))[0] == "Never"


def test_other_peoples_workspaces_are_not_there(browser, join):
    join("Acme")
    MembershipFactory(workspace__name="Globex")
    assert "Globex" not in browser.get("/workspaces").text


def test_search_is_there_when_there_are_many(browser, join):
    for number in range(8):
        join(f"Team {number}")
    assert 'type="search"' not in browser.get("/workspaces").text
    join("Zebra", Role.OWNER)
    assert 'type="search"' in browser.get("/workspaces").text
    assert names(browser.get("/workspaces", {"q": "zeb"})) == ["Zebra"]
    assert names(browser.get("/workspaces", {"role": "owner"})) == ["Zebra"]
    assert "Nothing found" in browser.get("/workspaces", {"q": "nowhere"}).text


@pytest.mark.parametrize("sort", ["name", "role", "members", "active", "expiring", "last_seen_at"])
def test_each_sort_has_its_reverse(browser, join, sort):
    for name in ("Acme", "beta"):
        join(name)
    one, other = (names(browser.get("/workspaces", {"sort": f"{sign}{sort}"})) for sign in ("", "-"))
    assert one == other[::-1]


def test_htmx_gets_the_section_alone(browser, join):
    join("Acme")
    text = browser.get("/workspaces", headers=HTMX).text
    assert text.strip().startswith('<section class="card list" id="workspaces"')


def test_who_belongs_to_none_is_told_what_to_do(browser, settings):
    text = browser.get("/workspaces").text
    assert "You belong to no workspace yet" in text
    assert "make a workspace of your own" in text
    settings.ALLOW_WORKSPACE_CREATION = False
    text = browser.get("/workspaces").text
    assert "make a workspace of your own" not in text
    assert "/workspaces/new" not in text


@pytest.mark.parametrize("number", [2, 20])
def test_it_costs_the_same_for_few_and_for_many(browser, join, number):
    for one in range(number):
        AccessTokenFactory(workspace=join(f"Team {one}"))
    browser.get("/workspaces")
    with CaptureQueriesContext(connection) as queries:
        assert browser.get("/workspaces").status_code == 200
    assert len(queries) == (6 if number == 2 else 7)  # so few have no pager, and are not counted
