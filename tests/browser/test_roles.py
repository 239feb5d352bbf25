"""Each role sees only what it can do. A forbidden page names the required role and the Owners."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import both_widths_in_full_run
from tests.browser.fixtures import BY, found_workspace, issue, person
from tests.browser.pages import row, toast
from tests.roles import EACH_ROLE
from workspaces.operations import add_member, change_role
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

SEEN = {
    Role.VIEWER: {"More"},
    Role.TEAM_MEMBER: {"More"},
    Role.WORKSPACE_MANAGER: {"Copy", "Edit", "New token", "More"},
    Role.ADMINISTRATOR: {"Copy", "Edit", "New token", "Disable", "Enable", "Delete", "More"},
    Role.OWNER: {"Copy", "Edit", "New token", "Disable", "Enable", "Delete", "More"},
}
REFUSED = [
    (Role.TEAM_MEMBER, "access-tokens/new", "Workspace Managers, Administrators and Owners"),
    (Role.TEAM_MEMBER, "access-tokens/{key_id}/edit", "Workspace Managers, Administrators and Owners"),
    (Role.WORKSPACE_MANAGER, "access-tokens/{key_id}/delete", "Administrators and Owners"),
    (Role.WORKSPACE_MANAGER, "access-tokens/{key_id}/child-tokens/disable", "Administrators and Owners"),
    (Role.WORKSPACE_MANAGER, "access-tokens/{key_id}/rotate", "Administrators and Owners"),
    (Role.ADMINISTRATOR, "settings/delete", "Owners"),
]


def offered(page):
    """Return the first word of every action in the rows and next to them."""
    actions = {
        name.split()[0]
        for name in page.locator(".actions [aria-label]").evaluate_all("all => all.map(one => one.ariaLabel)")
    }
    return actions | ({"New token"} if page.get_by_role("link", name="New token", exact=True).count() else set())


@EACH_ROLE
def test_member_sees_the_actions_of_their_role(tokens_page, make, role):
    make("Works")
    make("Is off", disabled=True)
    page = tokens_page(role)
    expect(row(page, "Works")).to_have_count(1)
    assert offered(page) == SEEN[role]
    assert page.get_by_role("button", name="Columns").is_visible()


def test_tokens_above_the_members_role_can_be_disabled_and_deleted_only(tokens_page, make):
    make("Break-glass", Role.OWNER)
    make("Break-glass off", Role.OWNER, disabled=True)
    page = tokens_page(Role.ADMINISTRATOR)
    expect(page.locator(".actions [aria-label]")).to_have_count(5)
    assert offered(page) == {"Disable", "Delete", "More", "New token"}
    expect(row(page, "Break-glass").get_by_role("link", name="Break-glass", exact=True)).to_have_count(0)


@both_widths_in_full_run
@pytest.mark.parametrize(("role", "path", "needed"), REFUSED)
def test_forbidden_page_names_the_required_role_and_the_owners(page, sign_in, make, northwind, role, path, needed):
    token = make().token
    sign_in(role)
    answer = page.goto(f"/workspace/northwind/{path.format(key_id=token.key_id)}")
    assert answer.status == 403
    expect(page.get_by_role("main")).to_contain_text(f"Only {needed} can do this in Northwind.")
    owner = page.get_by_role("link", name="Northwind Owner")
    expect(owner).to_have_attribute("href", f"mailto:{person(northwind, Role.OWNER).email}")
    page.get_by_role("link", name="Back to Northwind").click()
    expect(page.get_by_role("heading", name="Access Tokens")).to_be_visible()


def test_changed_role_applies_to_the_next_request(tokens_page, make, northwind):
    make("CI runner")
    page = tokens_page(Role.ADMINISTRATOR)
    change_role(northwind.memberships.get(role=Role.ADMINISTRATOR), Role.VIEWER, by=BY)
    page.get_by_label("Disable CI runner").click()
    expect(toast(page)).to_contain_text("Only Administrators and Owners can do this")
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Active")


@both_widths_in_full_run
@pytest.mark.parametrize("path", ["", "/access-tokens", "/access-tokens/new", "/settings", "/access-tokens/{}/edit"])
def test_workspace_of_others_looks_like_one_that_does_not_exist(page, sign_in, path):
    token = issue(found_workspace("Fabrikam", "fabrikam")).token
    sign_in(Role.OWNER)
    theirs = page.goto("/workspace/fabrikam" + path.format(token.key_id))
    assert theirs.status == 404
    words = page.get_by_role("main").inner_text()
    nowhere = page.goto("/workspace/nowhere" + path.format(token.key_id))
    assert nowhere.status == 404
    assert page.get_by_role("main").inner_text() == words
    assert "Fabrikam" not in words


def test_token_of_another_workspace_is_not_found(page, sign_in):
    token = issue(found_workspace("Fabrikam", "fabrikam")).token
    sign_in(Role.OWNER)
    assert page.goto(f"/workspace/northwind/access-tokens/{token.key_id}/edit").status == 404


@both_widths_in_full_run
def test_workspace_list_shows_the_members_role_and_links_to_the_tokens(page, sign_in, northwind):
    fabrikam = found_workspace("Fabrikam", "fabrikam")
    add_member(fabrikam, person(northwind, Role.OWNER), Role.VIEWER, by=BY)
    found_workspace("Contoso", "contoso")
    sign_in(Role.OWNER)
    page.goto("/")
    assert page.url.endswith("/workspaces")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(row(page, "Fabrikam")).to_contain_text("Viewer")
    expect(row(page, "Northwind")).to_contain_text("Owner")
    row(page, "Northwind").get_by_role("link", name="Northwind", exact=True).click()
    expect(page).to_have_url("/workspace/northwind/access-tokens")
