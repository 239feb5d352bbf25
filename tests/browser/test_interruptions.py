"""Ended sessions and lost connections."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from access_tokens.models import AccessToken
from tests.browser.conftest import both_widths
from tests.browser.fixtures import PASSWORD
from tests.browser.pages import dialog, row, session_key, toast
from workspaces.models import Membership
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database


def end_session(page):
    Session.objects.filter(pk=session_key(page)).delete()


def sign_in_again(page, role=Role.OWNER):
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Email").fill(f"{role.api_name}@northwind.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@both_widths
@pytest.mark.parametrize("click", ["Disable CI runner", "Edit CI runner", "Copy CI runner"])
def test_click_after_the_session_ended_returns_to_the_same_view_after_sign_in(tokens_page, make, click):
    make("CI runner")
    page = tokens_page(query="?q=runner&sort=label")
    end_session(page)
    page.get_by_label(click, exact=True).click()
    sign_in_again(page)
    expect(page).to_have_url("/workspace/northwind/access-tokens?q=runner&sort=label")
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Active")


def test_form_submitted_after_the_session_ended_changes_nothing(tokens_page):
    page = tokens_page()
    page.get_by_role("link", name="New token").first.click()
    dialog(page).get_by_label("Label").fill("Nightly backup")
    end_session(page)
    dialog(page).get_by_role("button", name="Create token").click()
    expect(page.get_by_text("Your last change was not saved.")).to_be_visible()
    sign_in_again(page)
    expect(page).to_have_url("/workspace/northwind/access-tokens")
    assert not AccessToken.objects.exists()


def test_page_opened_without_a_session_is_shown_after_sign_in(page, northwind):
    page.goto("/workspace/northwind/access-tokens?status=disabled")
    expect(page.get_by_text("Your session has ended.")).to_have_count(0)
    sign_in_again(page)
    expect(page).to_have_url("/workspace/northwind/access-tokens?status=disabled")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_ended_session_returns_to_the_same_view_without_javascript(tokens_page, make):
    make("CI runner")
    page = tokens_page(query="?q=runner")
    end_session(page)
    page.get_by_role("button", name="Disable CI runner").click()
    sign_in_again(page)
    expect(page).to_have_url("/workspace/northwind/access-tokens?q=runner")
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Active")


def test_back_button_shows_nothing_after_sign_out(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("CI runner")).to_have_count(0)


@both_widths
@pytest.mark.parametrize("click", ["Disable CI runner", "Edit CI runner", "Copy CI runner", "Delete CI runner"])
def test_lost_connection_shows_a_toast_and_changes_nothing(tokens_page, make, context, problems, click):
    make("CI runner")
    page = tokens_page()
    context.set_offline(True)
    page.get_by_label(click, exact=True).click()
    expect(toast(page)).to_contain_text("The connection was lost. ")
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Active")
    expect(dialog(page)).to_have_count(0)
    assert not AccessToken.objects.get().is_disabled
    context.set_offline(False)
    page.get_by_label("Disable CI runner", exact=True).click()
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Disabled")
    assert problems
    problems.clear()


def test_dialog_keeps_its_values_when_the_connection_is_lost(tokens_page, context, problems):
    page = tokens_page()
    page.get_by_role("link", name="New token").first.click()
    dialog(page).get_by_label("Label").fill("Nightly backup")
    context.set_offline(True)
    dialog(page).get_by_role("button", name="Create token").click()
    expect(toast(page).first).to_contain_text("The connection was lost")
    expect(dialog(page).get_by_label("Label")).to_have_value("Nightly backup")
    toast(page).first.click()  # it lies above the dialog, and is no part of the inert page beneath
    context.set_offline(False)
    dialog(page).get_by_role("button", name="Create token").click()
    expect(page.get_by_role("dialog", name="Your new token")).to_be_visible()
    problems.clear()


def test_list_that_no_longer_exists_is_requested_once(tokens_page, make, problems):
    make("CI runner")
    page = tokens_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    Membership.objects.all().delete()
    page.get_by_role("searchbox").fill("runner")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    page.wait_for_timeout(500)
    assert len([url for url in asked if "/access-tokens" in url]) == 2, "The search, and the page that says so."
    problems.clear()


def test_lost_response_advises_to_reload_the_page(tokens_page, make, problems):
    make("CI runner")
    page = tokens_page()

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/disable", lose)
    page.get_by_label("Disable CI runner", exact=True).click()
    expect(toast(page)).to_contain_text("Reload the page to see whether the change was made.")
    assert AccessToken.objects.get().is_disabled
    problems.clear()
