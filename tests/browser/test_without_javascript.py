"""Everything works without JavaScript, except Copy and live updates."""

import re

import pytest
from playwright.sync_api import expect

from access_tokens.models import AccessToken
from tests.browser.conftest import PHONE
from tests.browser.fixtures import PASSWORD
from tests.browser.pages import labels, row
from workspaces.models import CopyPolicy, Workspace
from workspaces.permissions import Role

pytestmark = [
    pytest.mark.same_on_each_database,
    pytest.mark.browser_context_args(java_script_enabled=False),
    pytest.mark.parametrize("viewport", [PHONE], indirect=True, ids=["phone"]),
]
LIST = "/workspace/northwind/access-tokens"


def test_sign_in_opens_the_requested_page(page, northwind):
    page.goto(LIST)
    page.get_by_label("Email").fill("owner@northwind.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(LIST)
    expect(page.get_by_role("heading", name="Access Tokens")).to_be_visible()


def test_search_filter_and_sort(tokens_page, make):
    make("Beta")
    make("alpha", disabled=True)
    make("Gamma", Role.OWNER)
    page = tokens_page()
    page.get_by_role("searchbox").fill("a")
    page.get_by_label("Filter by scope").select_option("Viewer")
    page.get_by_role("button", name="Apply").first.click()
    expect(labels(page)).to_have_text(["alpha", "Beta"])
    page.get_by_role("group", name="Filter by status").get_by_text("Disabled").click()
    expect(labels(page)).to_have_text(["alpha"])
    page.get_by_role("link", name="Clear").click()
    expect(labels(page)).to_have_count(3)
    page.goto(f"{LIST}?sort=label")
    expect(labels(page)).to_have_text(["alpha", "Beta", "Gamma"])


def test_column_header_and_select_sort(tokens_page, make, viewport):
    make("Beta")
    make("alpha")
    page = tokens_page()
    if viewport == PHONE:
        page.get_by_label("Sort by").select_option("Label ↑")
        page.get_by_role("button", name="Apply").first.click()
    else:
        page.get_by_role("columnheader", name="Label").get_by_role("link").click()
    expect(labels(page)).to_have_text(["alpha", "Beta"])
    assert "sort=label" in page.url


def test_columns(tokens_page, make):
    make()
    page = tokens_page(query="?sort=label")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("switch", name="Created", exact=True).uncheck()
    page.locator("#columns").get_by_role("button", name="Apply").click()
    expect(page.locator("thead th")).to_have_text(["Label", "Token", "Scope", "Expires", "Status", "Actions"])
    expect(page).to_have_url(f"{LIST}?sort=label")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("thead th")).to_have_count(7)


def test_created_token_is_shown(tokens_page):
    page = tokens_page()
    page.get_by_role("link", name="New token").first.click()
    page.get_by_label("Label").fill("Nightly backup")
    page.get_by_role("radio", name="Administrator").check()
    page.get_by_label("Expires").select_option("never")
    expect(page.get_by_role("note")).to_be_visible()
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name="Your new token")).to_be_visible()
    secret = page.get_by_label("Token", exact=True).input_value()
    assert re.fullmatch(rf"lkey_{AccessToken.objects.get().key_id}[0-9A-Za-z]{{49}}", secret)
    page.get_by_role("link", name="I have stored it").click()
    expect(row(page, "Nightly backup")).to_contain_text("Active")
    assert secret not in page.content()


def test_invalid_form_keeps_a_custom_date(tokens_page):
    page = tokens_page()
    page.goto(f"{LIST}/new")
    page.get_by_label("Label").fill("Nightly backup")
    page.get_by_label("Expires").select_option("custom")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("Choose the date on which the token expires.")).to_be_visible()
    expect(page.get_by_label("Label")).to_have_value("Nightly backup")
    page.get_by_label("Date", exact=True).fill("2031-12-31")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name="Your new token")).to_be_visible()


def test_create_asks_for_the_password(tokens_page):
    page = tokens_page(minutes_ago=16)
    page.goto(f"{LIST}/new")
    page.get_by_label("Label").fill("Nightly backup")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name="Your new token")).to_be_visible()


def test_reload_creates_no_second_token(tokens_page):
    page = tokens_page()
    page.goto(f"{LIST}/new")
    page.get_by_label("Label").fill("Nightly backup")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name="Your new token")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Token already created")).to_be_visible()
    assert AccessToken.objects.count() == 1


def test_edit_returns_to_the_same_view(tokens_page, make):
    make("CI runner")
    page = tokens_page(query="?sort=label")
    page.get_by_role("link", name="Edit CI runner").click()
    page.get_by_label("Label").fill(" ")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Label").fill("Deploy")
    page.get_by_role("button", name="Save").click()
    expect(row(page, "Deploy")).to_have_count(1)
    expect(page.get_by_text("Deploy was updated.")).to_be_visible()
    expect(page).to_have_url(f"{LIST}?sort=label")


def test_disable_and_enable_return_to_the_same_view(tokens_page, make):
    make("CI runner")
    page = tokens_page(query="?q=runner")
    page.get_by_role("button", name="Disable CI runner").click()
    expect(page.get_by_text("CI runner was disabled.")).to_be_visible()
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Disabled")
    expect(page).to_have_url(f"{LIST}?q=runner")
    page.get_by_role("button", name="Enable CI runner").click()
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Active")


def test_delete_asks_for_confirmation(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    page.get_by_role("link", name="Delete CI runner").click()
    expect(page.get_by_role("heading", name="Delete this token?")).to_be_visible()
    page.get_by_role("button", name="Delete token").click()
    expect(page.get_by_text("CI runner was deleted.")).to_be_visible()
    assert not AccessToken.objects.exists()


def test_disable_offers_to_disable_child_tokens(tokens_page, make):
    parent, child = make("Parent").token, make("Child").token
    AccessToken.objects.filter(pk=child.pk).update(parent=parent)
    page = tokens_page()
    page.get_by_role("button", name="Disable Parent").click()
    expect(page.get_by_role("heading", name="Disable child tokens too?")).to_be_visible()
    page.get_by_role("button", name="Disable child token").click()
    expect(row(page, "Child").locator(".badge")).to_have_text("Disabled")


def test_settings(page, sign_in, make, northwind):
    make("CI runner", Role.TEAM_MEMBER)
    northwind.memberships.filter(role=Role.TEAM_MEMBER).delete()
    sign_in(Role.OWNER)
    page.goto("/workspace/northwind/settings")
    page.get_by_role("switch", name="Team Member").uncheck()
    page.get_by_role("button", name="Save roles").click()
    page.get_by_role("button", name="Switch off roles").click()
    expect(page.get_by_role("switch", name="Team Member")).not_to_be_checked()
    page.get_by_label("Show once").check()
    page.get_by_role("button", name="Save copy policy").click()
    page.get_by_role("button", name="Destroy copies").click()
    expect(page.get_by_text("1 encrypted copy was destroyed")).to_be_visible()
    assert Workspace.objects.get().copy_policy == CopyPolicy.SHOW_ONCE


def test_expiry_policy_is_changed_and_the_workspace_deleted_and_restored(page, sign_in, make):
    make("CI runner")
    sign_in(Role.OWNER)
    page.goto("/workspace/northwind/settings")
    page.get_by_label("Maximum lifetime in days").fill("30")
    page.get_by_role("button", name="Save expiry policy").click()
    page.get_by_label("Shorten their expiry").check()
    page.get_by_role("button", name="Save expiry policy").click()
    expect(page.get_by_text("1 token now expires earlier.")).to_be_visible()
    assert AccessToken.objects.get().expires_at
    page.get_by_role("link", name="Delete this workspace").click()
    page.get_by_label("Workspace name").fill("Northwind")
    page.get_by_role("button", name="Delete workspace").click()
    expect(page).to_have_url("/workspaces")
    page.get_by_role("button", name="Restore workspace").click()
    expect(page.get_by_role("heading", name="Access Tokens")).to_be_visible()


def test_copy_button_is_hidden(tokens_page, make):
    make("CI runner")
    expect(tokens_page().get_by_role("button", name="Copy CI runner")).to_be_hidden()


def test_event_log(page, sign_in, northwind, make):
    make("CI runner")
    sign_in(Role.ADMINISTRATOR)
    page.goto("/workspace/northwind/events")
    page.get_by_text("More filters").click()
    page.get_by_label("By (e-mail or token ID)").fill("owner@northwind.example")
    page.get_by_role("button", name="Apply").first.click()
    page.locator("a.told").filter(has_text="created the token CI runner").click()
    expect(page.get_by_role("heading", name="Northwind Owner created the token CI runner")).to_be_visible()
    page.get_by_role("link", name="Close").last.click()
    assert "actor=owner%40northwind.example" in page.url
    page.get_by_role("link", name="Reload").click()
    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_text("by “owner@northwind.example”")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert "created the token CI runner" in download.value.path().read_text(encoding="utf-8")
