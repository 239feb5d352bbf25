"""The list of members: change roles, remove members, leave. With mouse and keyboard, at both widths."""

import re

import pytest
from playwright.sync_api import expect

from access_tokens.models import AccessToken
from accounts.models import User
from tests.browser.conftest import both_widths, without_javascript
from tests.browser.fixtures import BY
from tests.browser.pages import dialog, is_marked, labels, mark, row, toast
from workspaces.models import Membership
from workspaces.operations import add_member
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

MEMBERS = "/workspace/northwind/members"


@pytest.fixture
def members_page(page, sign_in):
    """Open the members of Northwind as a member with this role."""

    def open_list(role: Role = Role.OWNER, query: str = ""):
        sign_in(role)
        page.goto(f"{MEMBERS}{query}")
        return page

    return open_list


def role_button(page, name, role):
    return page.get_by_role("button", name=f"{role}, role of Northwind {name}")


def choose(page, role):
    page.locator(":popover-open").get_by_role("button", name=role).click()


def role_of(northwind, name):
    return Role(Membership.objects.get(workspace=northwind, user__name=f"Northwind {name}").role)


@both_widths
def test_sidebar_opens_the_list_with_its_columns(tokens_page, viewport):
    page = tokens_page()
    if viewport["width"] < 960:
        page.get_by_role("button", name="Open navigation").click()
    page.get_by_role("link", name="Members", exact=True).click()
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    heads = ["Name", "E-mail", "Role", "Joined", "Tokens created", "Last seen", "MFA", "Actions"]
    expect(page.locator("thead th")).to_have_text(heads)
    expect(row(page, "Northwind Owner")).to_contain_text("you")


@both_widths
def test_higher_role_is_given_immediately(members_page, northwind):
    page = members_page()
    mark(page)
    role_button(page, "Viewer", "Viewer").click()
    choose(page, "Administrator")
    expect(toast(page)).to_contain_text("Northwind Viewer is now an Administrator.")
    expect(role_button(page, "Viewer", "Administrator")).to_be_visible()
    expect(page.locator(":popover-open")).to_have_count(0)
    assert is_marked(page)
    assert role_of(northwind, "Viewer") == Role.ADMINISTRATOR


@both_widths
def test_lower_role_is_confirmed_with_a_list_of_the_tokens(members_page, northwind, make):
    make("Nightly backup", by=Role.ADMINISTRATOR)
    make("Deploys", by=Role.ADMINISTRATOR)
    page = members_page()
    role_button(page, "Administrator", "Administrator").click()
    choose(page, "Viewer")
    expect(page.get_by_role("dialog", name="Change to a lower role?")).to_contain_text("created 2 usable tokens here")
    dialog(page).get_by_label("Nightly backup").check()
    dialog(page).get_by_role("button", name="Change role").click()
    expect(dialog(page)).to_have_count(0)
    expect(toast(page)).to_contain_text("is now a Viewer. 1 token was disabled.")
    expect(role_button(page, "Administrator", "Viewer")).to_be_visible()
    assert AccessToken.objects.usable().get().label == "Deploys"


def test_cancel_changes_nothing_and_returns_the_focus(members_page, northwind):
    page = members_page()
    button = role_button(page, "Administrator", "Administrator")
    button.click()
    choose(page, "Viewer")
    expect(page.locator("dialog:modal")).to_be_visible()
    dialog(page).get_by_role("link", name="Cancel").click()
    expect(dialog(page)).to_have_count(0)
    expect(button).to_be_focused()
    assert role_of(northwind, "Administrator") == Role.ADMINISTRATOR


def test_role_is_changed_with_the_keyboard(members_page, northwind):
    page = members_page()
    role_button(page, "Viewer", "Viewer").focus()
    page.keyboard.press("Enter")
    expect(page.locator(":popover-open")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(role_button(page, "Viewer", "Team Member")).to_be_focused()
    assert role_of(northwind, "Viewer") == Role.TEAM_MEMBER


def test_escape_closes_the_menu(members_page):
    page = members_page()
    button = role_button(page, "Viewer", "Viewer")
    button.click()
    page.keyboard.press("Escape")
    expect(page.locator(":popover-open")).to_have_count(0)
    expect(button).to_be_focused()


@both_widths
def test_member_is_removed_and_their_tokens_disabled(members_page, northwind, make):
    for label in ("Nightly backup", "Deploys"):
        make(label, by=Role.WORKSPACE_MANAGER)
    page = members_page(query="?sort=-name")
    page.get_by_role("link", name="Remove Northwind Workspace Manager").click()
    expect(page.get_by_role("dialog", name="Remove this member?")).to_contain_text("never used")
    dialog(page).get_by_label("All 2").check()
    dialog(page).get_by_role("button", name="Remove member").click()
    expect(row(page, "Northwind Workspace Manager")).to_have_count(0)
    expect(toast(page)).to_contain_text("was removed. 2 tokens were disabled.")
    assert page.url.endswith("?sort=-name")
    assert not AccessToken.objects.usable().exists()


def test_last_owner_sees_how_to_leave(members_page):
    page = members_page()
    page.get_by_role("link", name="Leave Northwind").click()
    expect(page.get_by_role("dialog", name="This member can't be changed")).to_contain_text(
        "Make another member an Owner first."
    )
    page.keyboard.press("Escape")
    role_button(page, "Owner", "Owner").click()
    choose(page, "Viewer")
    expect(page.get_by_role("dialog", name="This member can't be changed")).to_be_visible()


def test_member_who_leaves_has_no_access(members_page, northwind):
    page = members_page(Role.TEAM_MEMBER)
    expect(page.get_by_role("link", name=re.compile("^Remove"))).to_have_count(0)
    page.get_by_role("link", name="Leave Northwind").click()
    dialog(page).get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="You are not a member of any workspace")).to_be_visible()
    expect(page.get_by_text("You left Northwind.")).to_be_visible()
    assert page.goto(MEMBERS).status == 404


def test_owner_with_a_new_role_sees_the_list_of_that_role(members_page, northwind):
    page = members_page()
    add_member(northwind, User.objects.create_user("second@northwind.example", name="Second"), Role.OWNER, by=BY)
    role_button(page, "Owner", "Owner").click()
    choose(page, "Viewer")
    dialog(page).get_by_role("button", name="Change role").click()
    expect(page.get_by_role("button", name=re.compile("role of"))).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Last seen")).to_have_count(0)


@both_widths
def test_search_filter_and_sort_are_in_the_url(members_page, viewport):
    page = members_page()
    mark(page)
    page.get_by_role("searchbox").fill("northwind o")
    expect(labels(page)).to_have_text(["Northwind Owner"])
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Filter by role").select_option("Viewer")
    expect(labels(page)).to_have_text(["Northwind Viewer"])
    page.get_by_label("Filter by role").select_option("Any role")
    expect(labels(page)).to_have_count(5)
    if viewport["width"] < 960:
        page.get_by_label("Sort by").select_option("Role ↓")
    else:
        head = page.get_by_role("columnheader", name="Role")
        head.get_by_role("link").click()
        expect(head).to_have_attribute("aria-sort", "ascending")
        head.get_by_role("link").click()
    expect(page).to_have_url(re.compile("sort=-role"))
    expect(labels(page).first).to_have_text("Northwind Owner")
    assert is_marked(page)


def test_columns_can_be_chosen(members_page):
    page = members_page()
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_role("switch", name="Joined").uncheck()
    heads = ["Name", "E-mail", "Role", "Tokens created", "Last seen", "MFA", "Actions"]
    expect(page.locator("thead th")).to_have_text(heads)
    page.reload()
    expect(page.locator("thead th")).to_have_text(heads)


def test_number_of_tokens_links_to_the_tokens(members_page, make):
    make("Nightly backup", by=Role.ADMINISTRATOR)
    make("Deploys")
    page = members_page()
    row(page, "Northwind Administrator").get_by_role("link", name="1 created by").click()
    expect(labels(page)).to_have_text(["Nightly backup"])


def test_action_on_a_removed_member_updates_the_list(members_page, northwind, problems):
    page = members_page()
    northwind.memberships.filter(role=Role.VIEWER).delete()
    page.get_by_role("link", name="Remove Northwind Viewer").click()
    expect(toast(page)).to_be_visible()
    expect(row(page, "Northwind Viewer")).to_have_count(0)


@both_widths
@without_javascript
def test_roles_and_removal_work_without_javascript(members_page, northwind, make):
    make("Nightly backup", by=Role.ADMINISTRATOR)
    page = members_page(query="?sort=-name")
    role_button(page, "Viewer", "Viewer").click()
    choose(page, "Team Member")
    expect(page.get_by_text("Northwind Viewer is now a Team Member.")).to_be_visible()
    expect(page).to_have_url(f"{MEMBERS}?sort=-name")
    role_button(page, "Administrator", "Administrator").click()
    choose(page, "Viewer")
    page.get_by_label("Nightly backup").check()
    page.get_by_role("button", name="Change role").click()
    expect(page).to_have_url(f"{MEMBERS}?sort=-name")
    expect(page.get_by_text("1 token was disabled.")).to_be_visible()
    page.get_by_role("link", name="Remove Northwind Administrator").click()
    page.get_by_role("button", name="Remove member").click()
    expect(row(page, "Northwind Administrator")).to_have_count(0)


@without_javascript
def test_leaving_works_without_javascript(members_page):
    page = members_page(Role.VIEWER)
    page.get_by_role("link", name="Leave Northwind").click()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_text("You left Northwind.")).to_be_visible()
