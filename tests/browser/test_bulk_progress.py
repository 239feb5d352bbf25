"""Changes to many tokens show a progress bar. Closing it stops them."""

import pytest
from django.urls import reverse
from playwright.sync_api import Route, expect

from access_tokens.models import AccessToken
from accounts.models import User
from tests.browser.conftest import without_javascript
from tests.browser.pages import dialog, row, toast
from workspaces.console import bulk_progress

pytestmark = pytest.mark.same_on_each_database


@pytest.fixture(autouse=True)
def family(make, monkeypatch):
    """A token with three child tokens. Each request has time for one."""
    monkeypatch.setattr(bulk_progress, "MAX_SECONDS", 0)
    parent = make("Parent").token
    for number in range(3):
        AccessToken.objects.filter(pk=make(f"Child {number}").token.pk).update(parent=parent)
    return parent


@pytest.fixture
def held(page):
    """Requests held back from the server."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/child-tokens/disable", hold)
    return held


def disable_all(page):
    page.get_by_role("button", name="Disable Parent").click()
    dialog(page).get_by_role("button", name="Disable child tokens").click()


def until_held(page, held, number):
    for _ in range(100):
        if len(held) == number:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{len(held)} requests, not {number}")


def test_bulk_change_continues_automatically_to_the_end(tokens_page):
    page = tokens_page()
    disable_all(page)
    expect(toast(page).filter(has_text="3 tokens created by Parent disabled.")).to_be_visible()
    expect(dialog(page)).to_have_count(0)
    expect(page.locator("tbody .badge.disabled")).to_have_count(4)


def test_progress_bar_is_shown_and_closing_the_dialog_stops_the_change(tokens_page, page, held):
    tokens_page()
    disable_all(page)
    until_held(page, held, 1)
    held[0].continue_()
    until_held(page, held, 2)
    expect(dialog(page)).to_contain_text("1 of 3 tokens")
    expect(dialog(page).get_by_role("progressbar", name="1 of 3 tokens")).to_have_attribute("value", "1")
    expect(row(page, "Child 0")).to_contain_text("Disabled")
    dialog(page).get_by_role("link", name="Stop").click()
    expect(dialog(page)).to_have_count(0)
    page.unroute("**/child-tokens/disable")
    page.wait_for_timeout(300)
    expect(dialog(page)).to_have_count(0)
    assert AccessToken.objects.usable().count() == 2


@without_javascript
def test_button_continues_the_change_without_javascript(tokens_page):
    page = tokens_page()
    page.get_by_role("button", name="Disable Parent").click()
    page.get_by_role("button", name="Disable child tokens").click()
    for far in ("1 of 3", "2 of 3"):
        expect(page.locator("dialog")).to_contain_text(f"{far} tokens")
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("3 tokens created by Parent disabled.")).to_be_visible()


def test_bulk_change_in_the_admin_continues_automatically(page, sign_in):
    operator = User.objects.get(email="owner@northwind.example")
    operator.is_staff = True
    operator.save()
    sign_in()
    page.goto(reverse("admin:access_tokens_accesstoken_changelist"))
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("disable")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Disabled 4 access tokens.")).to_be_visible()
    assert not AccessToken.objects.usable().exists()
