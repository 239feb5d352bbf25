"""The list of workspaces, and the dialog that creates one."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import both_widths, without_javascript
from tests.browser.fixtures import BY, DAY, found_workspace, person
from tests.browser.pages import dialog, labels, row
from workspaces.models import Workspace
from workspaces.operations import add_member
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database


@pytest.fixture
def workspaces_page(page, sign_in, northwind):
    """The workspaces of Northwind's Owner, who is also a Viewer of Fabrikam."""
    add_member(found_workspace("Fabrikam", "fabrikam"), person(northwind, Role.OWNER), Role.VIEWER, by=BY)
    sign_in(Role.OWNER)
    page.goto("/workspaces")
    return page


@both_widths
def test_each_row_shows_members_and_tokens(workspaces_page, make):
    make("Lasts")
    make("Ends soon", ends=5 * DAY)
    make("Is over", ends=-DAY)
    page = workspaces_page
    page.reload()
    heads = ["Name", "My role", "Members", "Active tokens", "Expire within 14 days", "Last visited"]
    expect(page.locator("thead th")).to_have_text(heads)
    expect(row(page, "Northwind").get_by_role("cell").nth(1)).to_have_text("Owner")
    for name in ("5 members of Northwind", "2 active tokens in Northwind"):
        expect(row(page, "Northwind").get_by_role("link", name=name)).to_be_visible()
    row(page, "Northwind").get_by_role("link", name="1 token in Northwind expiring soon").click()
    expect(labels(page)).to_have_text(["Ends soon"])


def test_opened_workspace_is_listed_first(workspaces_page):
    page = workspaces_page
    for name in ("Fabrikam", "Northwind"):
        page.get_by_role("table").get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name="Access Tokens")).to_be_visible()
        page.get_by_role("link", name="Latchkey").click()
        expect(labels(page).first).to_have_text(name)


@both_widths
def test_slug_of_a_new_workspace_follows_its_name(workspaces_page):
    page = workspaces_page
    page.get_by_role("link", name="New workspace").click()
    name, slug = dialog(page).get_by_label("Name"), dialog(page).get_by_label("Slug")
    expect(name).to_be_focused()
    page.keyboard.type("Northwind")
    expect(slug).to_have_value("northwind-2")
    expect(dialog(page).get_by_text("“northwind-2” is available.")).to_be_visible()
    page.keyboard.type(" Labs")
    expect(slug).to_have_value("northwind-labs")
    expect(name).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/workspace/northwind-labs/access-tokens")
    expect(page.get_by_text("Created Northwind Labs. You are its Owner.")).to_be_visible()


def test_slug_is_checked_while_typing_and_then_no_longer_follows_the_name(workspaces_page):
    page = workspaces_page
    page.keyboard.press("n")
    name, slug = dialog(page).get_by_label("Name"), dialog(page).get_by_label("Slug")
    name.fill("Acme")
    expect(slug).to_have_value("acme")
    slug.fill("")
    for typed, message in (
        ("fabrikam", "is or was in use"),
        ("api", "is reserved"),
        ("Mine", "lowercase letters"),
        ("mine", "“mine” is available."),
    ):
        slug.fill(typed)
        expect(dialog(page).get_by_text(message)).to_be_visible()
        expect(slug).to_be_focused()
    name.fill("Acme Rockets")
    page.wait_for_timeout(600)
    expect(slug).to_have_value("mine")
    dialog(page).get_by_role("button", name="Create workspace").click()
    expect(page).to_have_url("/workspace/mine/access-tokens")


def test_early_submit_derives_the_slug_from_the_whole_name(workspaces_page):
    page = workspaces_page
    page.keyboard.press("n")
    dialog(page).get_by_label("Name").fill("Acme")
    expect(dialog(page).get_by_label("Slug")).to_have_value("acme")
    page.keyboard.type(" Rockets")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/workspace/acme-rockets/access-tokens")


def test_invalid_form_keeps_the_values(workspaces_page):
    page = workspaces_page
    page.keyboard.press("n")
    dialog(page).get_by_label("Name").fill("Acme")
    dialog(page).get_by_label("Slug").fill("api")
    page.keyboard.press("Enter")
    expect(dialog(page).locator("#id_slug-error")).to_have_text("The slug “api” is reserved. Choose another one.")
    expect(dialog(page).get_by_label("Name")).to_have_value("Acme")
    expect(dialog(page).get_by_label("Slug")).to_have_value("api")


def test_button_is_hidden_if_only_operators_create_workspaces(workspaces_page, settings):
    settings.ALLOW_WORKSPACE_CREATION = False
    page = workspaces_page
    page.reload()
    expect(page.get_by_role("link", name="New workspace")).to_have_count(0)
    page.keyboard.press("n")
    expect(dialog(page)).to_have_count(0)


def test_many_workspaces_can_be_searched(workspaces_page, northwind):
    owner = person(northwind, Role.OWNER)
    for number in range(8):
        workspace = Workspace.objects.create(name=f"Team {number}", slug=f"team-{number}")
        add_member(workspace, owner, Role.VIEWER, by=BY)
    page = workspaces_page
    expect(page.get_by_role("searchbox")).to_have_count(0)
    page.reload()
    page.get_by_role("searchbox").fill("team 7")
    expect(labels(page)).to_have_text(["Team 7"])
    page.get_by_label("Filter by role").select_option("Owner")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Clear all filters").click()
    expect(labels(page)).to_have_count(10)


@both_widths
@without_javascript
def test_workspace_is_created_without_javascript(workspaces_page):
    page = workspaces_page
    page.get_by_role("link", name="New workspace").click()
    page.get_by_label("Name").fill("Northwind Labs")
    page.get_by_label("Slug").fill("api")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_text("is reserved")).to_be_visible()
    page.get_by_label("Slug").fill("")
    page.get_by_role("button", name="Create workspace").click()
    expect(page).to_have_url("/workspace/northwind-labs/access-tokens")
