"""Rotating a token from the row's menu."""

import re

import pytest
from playwright.sync_api import expect

from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.authentication.usage import usage
from access_tokens.models import AccessToken
from tests.browser.conftest import both_widths, without_javascript
from tests.browser.fixtures import PASSWORD
from tests.browser.pages import dialog, row, toast
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = [pytest.mark.same_on_each_database, both_widths]


@pytest.fixture
def runner(make):
    return make("CI runner", Role.TEAM_MEMBER)


def opens(plaintext) -> bool:
    return isinstance(authenticate(f"Bearer {plaintext}"), Principal)


def open_menu(page, item):
    page.get_by_role("button", name="More for CI runner").click()
    page.locator("[popover]:popover-open").get_by_text(item).click()


def rotate(page, overlap):
    open_menu(page, "Rotate")
    dialog(page).get_by_label(overlap).check()
    dialog(page).get_by_role("button", name="Rotate token").click()


def test_it_shows_the_new_secret_once_and_the_row_tells_of_the_old_one(tokens_page, runner):
    page = tokens_page()
    rotate(page, "In 1 hour")
    secret = dialog(page).get_by_label("Token", exact=True).input_value()
    assert secret != runner.plaintext
    assert opens(secret)
    assert opens(runner.plaintext)
    expect(dialog(page)).to_contain_text("The previous secret works until")
    dialog(page).get_by_role("link", name="I have stored it").click()
    expect(row(page, "CI runner")).to_contain_text("Rotating")
    expect(row(page, "CI runner")).to_contain_text("Previous secret not used, stops working in")
    assert secret not in page.content()


def test_it_tells_whether_the_old_secret_was_still_used(tokens_page, runner):
    page = tokens_page()
    rotate(page, "In 7 days")
    expect(dialog(page)).to_contain_text("Your new secret")
    token = AccessToken.objects.get()
    usage.record(token.pk, previous_secret_expires_at=token.previous_secret_expires_at)
    usage.flush()
    page.reload()
    expect(row(page, "CI runner")).to_contain_text(
        re.compile(r"Previous secret\s+used (now|.* seconds? ago),\s+stops working in")
    )


def test_the_old_secret_is_stopped_early_by_one_press(tokens_page, runner):
    page = tokens_page()
    rotate(page, "In 1 day")
    dialog(page).get_by_role("link", name="I have stored it").click()
    expect(row(page, "CI runner")).to_contain_text("Rotating")
    open_menu(page, "Stop the previous secret")
    expect(toast(page)).to_contain_text("The previous secret of CI runner no longer works.")
    expect(row(page, "CI runner")).not_to_contain_text("Rotating")
    assert not opens(runner.plaintext)


def test_now_stops_it_at_once(tokens_page, runner):
    page = tokens_page()
    rotate(page, "Now")
    expect(dialog(page)).to_contain_text("The previous secret no longer works.")
    assert not opens(runner.plaintext)


def test_an_old_password_is_asked_for_before_anything_is_made(tokens_page, runner):
    page = tokens_page(minutes_ago=20)
    open_menu(page, "Rotate")
    dialog(page).get_by_label("In 1 hour").check()
    dialog(page).get_by_label("Your password").fill("wrong")
    dialog(page).get_by_role("button", name="Rotate token").click()
    expect(dialog(page)).to_contain_text("This password is wrong.")
    expect(dialog(page).get_by_label("In 1 hour")).to_be_checked()
    assert AccessToken.objects.get().version == 1
    dialog(page).get_by_label("Your password").fill(PASSWORD)
    dialog(page).get_by_role("button", name="Rotate token").click()
    expect(dialog(page)).to_contain_text("Your new secret")
    assert Event.objects.filter(event_type="token.rotated").count() == 1


def test_a_rotation_by_somebody_else_meanwhile_is_told(tokens_page, runner):
    page = tokens_page()
    open_menu(page, "Rotate")
    dialog(page).get_by_label("Now").check()
    AccessToken.objects.update(version=2)
    dialog(page).get_by_role("button", name="Rotate token").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("Someone else changed this token in the meantime.")
    assert opens(runner.plaintext)
    expect(dialog(page).get_by_label("Now")).to_be_checked()
    dialog(page).get_by_role("button", name="Rotate token").click()
    expect(dialog(page)).to_contain_text("Your new secret")


@without_javascript
def test_it_works_without_javascript(page, sign_in, runner):
    sign_in()
    page.goto("/workspace/northwind/access-tokens")
    page.get_by_role("button", name="More for CI runner").click()
    page.get_by_role("link", name="Rotate").click()
    page.get_by_label("In 1 hour").check()
    page.get_by_role("button", name="Rotate token").click()
    secret = page.get_by_label("Token", exact=True).input_value()
    assert opens(secret)
    page.goto("/workspace/northwind/access-tokens")
    page.get_by_role("button", name="More for CI runner").click()
    page.get_by_role("button", name="Stop the previous secret").click()
    expect(page.get_by_text("The previous secret of CI runner no longer works.")).to_be_visible()
    assert not opens(runner.plaintext)
