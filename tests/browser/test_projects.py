"""The list of projects: create, rename, archive, delete."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import both_widths, without_javascript
from tests.browser.fixtures import BY
from tests.browser.pages import dialog, is_marked, labels, mark, row, toast
from workspaces.models import Project
from workspaces.operations import projects
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

PROJECTS = "/workspace/northwind/projects"


@pytest.fixture
def projects_page(page, sign_in, northwind):
    """Open the projects of Northwind, Billing and Website, as a member with this role."""

    def open_list(role: Role = Role.OWNER, query: str = ""):
        for name in ("Billing", "Website"):
            projects.create(northwind, name, by=BY)
        sign_in(role)
        page.goto(f"{PROJECTS}{query}")
        return page

    return open_list


@both_widths
def test_project_is_created(projects_page):
    page = projects_page(Role.TEAM_MEMBER)
    mark(page)
    page.get_by_role("link", name="New project").click()
    expect(dialog(page).get_by_label("Name")).to_be_focused()
    dialog(page).get_by_label("Name").fill("BILLING")
    page.keyboard.press("Enter")
    expect(dialog(page).get_by_text("A project in Northwind is already called “Billing”")).to_be_visible()
    expect(dialog(page).get_by_label("Name")).to_have_value("BILLING")
    dialog(page).get_by_label("Name").fill("Mobile app")
    page.keyboard.press("Enter")
    expect(labels(page)).to_have_text(["Billing", "Mobile app", "Website"])
    expect(toast(page)).to_contain_text("Created Mobile app.")
    assert is_marked(page)


def test_first_project_is_created_from_the_empty_list(page, sign_in):
    sign_in(Role.OWNER)
    page.goto(PROJECTS)
    page.locator("#projects").get_by_role("link", name="New project").click()
    dialog(page).get_by_label("Name").fill("Website")
    page.keyboard.press("Enter")
    expect(labels(page)).to_have_text(["Website"])


@both_widths
def test_project_is_renamed_and_the_focus_returns(projects_page):
    page = projects_page()
    opener = page.get_by_role("link", name=re.compile("^Rename (Billing|Invoices)$"))
    opener.focus()
    page.keyboard.press("Enter")
    dialog(page).get_by_label("Name").fill("Invoices")
    page.keyboard.press("Enter")
    expect(labels(page)).to_have_text(["Invoices", "Website"])
    expect(opener).to_be_focused()


@both_widths
def test_project_is_archived_and_restored_in_its_row(projects_page):
    page = projects_page()
    mark(page)
    page.get_by_role("button", name="Archive Billing").click()
    expect(row(page, "Billing").locator(".badge")).to_have_text("Archived")
    expect(page.get_by_role("button", name="Restore Billing")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Billing").locator(".badge")).to_have_text("Active")
    page.get_by_role("button", name="Archive Billing").click()
    page.get_by_role("button", name="Restore Billing").click()
    expect(row(page, "Billing").locator(".badge")).to_have_text("Active")
    assert is_marked(page)


@both_widths
def test_project_is_deleted_only_with_its_exact_name(projects_page):
    page = projects_page()
    page.get_by_role("link", name="Delete Billing").click()
    dialog(page).get_by_label("Project name").fill("billing")
    dialog(page).get_by_role("button", name="Delete project").click()
    expect(dialog(page).get_by_text("Type the name: Billing")).to_be_visible()
    expect(dialog(page).get_by_label("Project name")).to_have_value("billing")
    dialog(page).get_by_label("Project name").fill("Billing")
    page.keyboard.press("Enter")
    expect(labels(page)).to_have_text(["Website"])
    expect(page.locator("#projects")).to_be_focused()


def test_archived_projects_can_be_filtered(projects_page, northwind):
    page = projects_page()
    page.get_by_role("button", name="Archive Billing").click()
    expect(row(page, "Billing").locator(".badge")).to_have_text("Archived")
    status = page.get_by_role("group", name="Filter by status")
    status.get_by_text("Active").click()
    expect(labels(page)).to_have_text(["Website"])
    status.get_by_text("Archived").click()
    expect(labels(page)).to_have_text(["Billing"])
    assert page.url.endswith("?archived=true")
    page.get_by_role("searchbox").fill("web")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Clear all filters").click()
    expect(labels(page)).to_have_count(2)


def test_viewer_can_only_read(projects_page):
    page = projects_page(Role.VIEWER)
    expect(labels(page)).to_have_text(["Billing", "Website"])
    expect(page.locator("tbody").get_by_role("button")).to_have_count(0)
    page.keyboard.press("n")
    expect(dialog(page)).to_have_count(0)


@both_widths
@without_javascript
def test_projects_work_without_javascript(projects_page):
    page = projects_page(query="?sort=-name")
    page.get_by_role("link", name="New project").click()
    page.get_by_role("textbox", name="Name").fill("Mobile app")
    page.get_by_role("button", name="Create project").click()
    expect(labels(page)).to_have_text(["Website", "Mobile app", "Billing"])
    page.get_by_role("link", name="Rename Billing").click()
    page.get_by_role("textbox", name="Name").fill(" ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a name")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("Invoices")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Archive Invoices").click()
    expect(row(page, "Invoices").locator(".badge")).to_have_text("Archived")
    page.get_by_role("link", name="Delete Invoices").click()
    page.get_by_label("Project name").fill("Invoices")
    page.get_by_role("button", name="Delete project").click()
    expect(labels(page)).to_have_text(["Website", "Mobile app"])
    expect(page).to_have_url(f"{PROJECTS}?sort=-name")
    assert Project.objects.count() == 2
