"""The password must be confirmed within 15 minutes before a secret is shown or copied."""

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

from access_tokens import operations
from access_tokens.models import AccessToken
from tests.browser.conftest import both_widths_in_full_run
from tests.browser.fixtures import BY, PASSWORD, age_sign_in
from tests.browser.pages import dialog, row, session_key, toast
from workspaces.models import CopyPolicy
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database


def read_clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


def press_copy(page, label="CI runner"):
    page.get_by_role("button", name=f"Copy {label}").click()


@pytest.fixture
def clipboard(context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])


@both_widths_in_full_run
def test_copy_puts_the_token_on_the_clipboard(tokens_page, make, clipboard):
    issued = make("CI runner")
    page = tokens_page(Role.WORKSPACE_MANAGER)
    press_copy(page)
    expect(toast(page)).to_have_text("Copied")
    assert read_clipboard(page) == issued.plaintext
    expect(dialog(page)).to_have_count(0)
    assert issued.plaintext not in page.content()
    expect(page.get_by_role("button", name="Copy CI runner")).to_be_focused()


@pytest.mark.parametrize(
    "broken",
    [
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
        "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })",
    ],
    ids=["refused", "absent"],
)
def test_token_is_shown_and_selected_if_the_clipboard_is_not_available(tokens_page, make, context, broken):
    issued = make("CI runner")
    context.add_init_script(broken)
    page = tokens_page()
    press_copy(page)
    field = dialog(page).get_by_label("Token", exact=True)
    expect(field).to_have_value(issued.plaintext)
    expect(field).to_be_focused()
    expect(toast(page)).to_contain_text("copy it with the keyboard")
    assert field.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)") == issued.plaintext
    expect(page.get_by_text("Copied", exact=True)).to_have_count(0)
    dialog(page).get_by_role("link", name="Done").click()
    expect(dialog(page)).to_have_count(0)
    assert issued.plaintext not in page.content()


@both_widths_in_full_run
def test_copy_asks_for_the_password_if_it_was_not_confirmed_recently(tokens_page, make, clipboard):
    issued = make("CI runner")
    page = tokens_page(minutes_ago=16)
    press_copy(page)
    asked = dialog(page)
    expect(asked.get_by_label("Your password")).to_be_focused()
    asked.get_by_label("Your password").fill("not it")
    asked.get_by_role("button", name="Copy token").click()
    expect(asked.get_by_text("This password is wrong")).to_be_visible()
    assert issued.plaintext not in page.content()
    asked.get_by_label("Your password").fill(PASSWORD)
    asked.get_by_role("button", name="Copy token").click()
    expect(toast(page)).to_have_text("Copied")
    assert read_clipboard(page) == issued.plaintext
    press_copy(page)
    expect(toast(page)).to_have_count(2)


def test_password_confirmed_14_minutes_ago_is_recent(tokens_page, make, clipboard):
    issued = make("CI runner")
    page = tokens_page(minutes_ago=14)
    press_copy(page)
    expect(toast(page)).to_have_text("Copied")
    assert read_clipboard(page) == issued.plaintext


@both_widths_in_full_run
def test_create_asks_for_the_password_and_keeps_the_submitted_values(tokens_page):
    page = tokens_page(minutes_ago=16)
    page.get_by_role("link", name="New token").first.click()
    form = page.get_by_role("dialog", name="New token")
    form.get_by_label("Label").fill("Nightly backup")
    form.get_by_role("radio", name="Administrator").check()
    form.get_by_label("Your password").fill("not it")
    form.get_by_role("button", name="Create token").click()
    expect(form.get_by_text("This password is wrong")).to_be_visible()
    expect(form.get_by_label("Label")).to_have_value("Nightly backup")
    expect(form.get_by_role("radio", name="Administrator")).to_be_checked()
    expect(form.get_by_label("Your password")).to_have_value("")
    assert not AccessToken.objects.exists()
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("dialog", name="Your new token")).to_be_visible()
    assert AccessToken.objects.get().scope == Role.ADMINISTRATOR


def test_open_form_asks_for_the_password_once_it_is_no_longer_recent(tokens_page):
    page = tokens_page()
    page.get_by_role("link", name="New token").first.click()
    form = page.get_by_role("dialog", name="New token")
    form.get_by_label("Label").fill("Nightly backup")
    expect(form.get_by_label("Your password")).to_have_count(0)
    age_sign_in(session_key(page), 16)
    form.get_by_role("button", name="Create token").click()
    form.get_by_label("Your password").fill(PASSWORD)
    expect(form.get_by_label("Label")).to_have_value("Nightly backup")
    form.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("dialog", name="Your new token")).to_be_visible()


@pytest.mark.parametrize("button", ["Copy CI runner", "New token"])
def test_member_without_a_password_is_asked_to_set_one(tokens_page, make, northwind, button):
    make("CI runner")
    page = tokens_page(minutes_ago=16)
    owner = northwind.memberships.get(role=Role.OWNER).user
    type(owner).objects.filter(pk=owner.pk).update(password="!unusable")
    _keep_signed_in(session_key(page), owner)
    page.reload()
    page.locator(f"[aria-label='{button}'], #new-token:has-text('{button}')").first.click()
    expect(page.get_by_role("dialog", name="Set a password first")).to_be_visible()
    page.get_by_role("link", name="Set a password").click()
    expect(page.get_by_role("heading", name="Set password")).to_be_visible()


def _keep_signed_in(session_key, user):
    """Update the session's password hash, because a changed password ends other sessions."""
    user.refresh_from_db()
    session = SessionStore(session_key)
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()


@both_widths_in_full_run
def test_token_can_not_be_copied_with_the_show_once_policy(tokens_page, make, northwind):
    make("CI runner")
    operations.set_copy_policy(northwind, CopyPolicy.SHOW_ONCE, by=BY)
    page = tokens_page()
    expect(page.get_by_role("button", name="Copy CI runner")).to_have_count(0)
    expect(row(page, "CI runner").get_by_text("Shown once")).to_be_visible()
    page.get_by_role("link", name="New token").first.click()
    dialog(page).get_by_label("Label").fill("Nightly backup")
    dialog(page).get_by_role("button", name="Create token").click()
    expect(dialog(page)).to_contain_text("This is the only time")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_contain_text("This is the only time")
    page.get_by_role("link", name="I have stored it").click()
    expect(dialog(page)).to_have_count(0)
    expect(row(page, "Nightly backup")).to_be_visible()


def test_disabled_token_can_not_be_copied(tokens_page, make):
    make("Is off", disabled=True)
    expect(tokens_page().get_by_role("button", name="Copy Is off")).to_have_count(0)
