from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.access_tokens.views.console_client import HTMX, page_text, sign_in
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
    """Make Ada a member of a new workspace with this name."""

    def join(name, role=Role.VIEWER, **fields):
        return MembershipFactory(user=ada, workspace=WorkspaceFactory(name=name), role=role, **fields).workspace

    return join


def rows(response):
    return [row.record for row in response.context["table"].rows]


def names(response):
    return [row.workspace.name for row in rows(response)]


def test_row_shows_role_members_and_usable_tokens(browser, join):
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
    assert row.get_role_display() == "Administrator"
    assert (row.member_count, row.active_count, row.expiring_count) == (3, 3, 1)


def test_last_visited_workspace_is_first_and_unvisited_ones_are_last(browser, join):
    now = timezone.now()
    join("Long ago", last_seen_at=now - timedelta(days=2))
    join("Never")
    join("Lately", last_seen_at=now - timedelta(minutes=2))
    response = browser.get("/workspaces")
    assert names(response) == ["Lately", "Long ago", "Never"]
    browser.get(f"/workspace/{rows(response)[2].workspace.slug}/access-tokens")
    assert names(browser.get("/workspaces"))[0] == "Never"


def test_workspaces_of_other_people_are_not_listed(browser, join):
    join("Acme")
    MembershipFactory(workspace__name="Globex")
    assert "Globex" not in browser.get("/workspaces").text


def test_search_is_shown_for_more_than_eight_workspaces(browser, join):
    for number in range(8):
        join(f"Team {number}")
    assert 'type="search"' not in browser.get("/workspaces").text
    join("Zebra", Role.OWNER)
    assert 'type="search"' in browser.get("/workspaces").text
    assert names(browser.get("/workspaces", {"q": "zeb"})) == ["Zebra"]
    assert names(browser.get("/workspaces", {"role": "owner"})) == ["Zebra"]
    assert names(browser.get("/workspaces", {"q": "nowhere"})) == []


@pytest.mark.parametrize("sort", ["name", "role", "members", "active", "expiring", "last_seen_at"])
def test_descending_sort_is_the_reverse_of_ascending(browser, join, sort):
    for name in ("Acme", "beta"):
        join(name)
    ascending = names(browser.get("/workspaces", {"sort": sort}))
    assert names(browser.get("/workspaces", {"sort": f"-{sort}"})) == ascending[::-1]


def test_htmx_receives_only_the_section(browser, join):
    join("Acme")
    text = browser.get("/workspaces", headers=HTMX).text
    assert text.strip().startswith('<section class="card list" id="workspaces"')


@pytest.mark.parametrize("is_allowed", [True, False])
def test_person_without_a_workspace_sees_what_to_do(browser, settings, is_allowed):
    settings.ALLOW_WORKSPACE_CREATION = is_allowed
    page = browser.get("/workspaces")
    assert "You are not a member of any workspace" in page.text
    assert ("create your own workspace" in page_text(page)) == is_allowed
    assert ("/workspaces/new" in page.text) == is_allowed


@pytest.mark.parametrize("number", [2, 20])
def test_number_of_queries_does_not_depend_on_the_number_of_workspaces(browser, join, number):
    for one in range(number):
        AccessTokenFactory(workspace=join(f"Team {one}"))
    browser.get("/workspaces")
    with CaptureQueriesContext(connection) as queries:
        assert browser.get("/workspaces").status_code == 200
    assert len(queries) == (6 if number == 2 else 7)  # a list without a pager is not counted
