"""The settings of Owners, and their effect on tokens."""

import json
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from access_tokens.models import AccessToken
from tests.browser.conftest import both_widths
from tests.browser.pages import dialog, row, toast
from workspaces.models import CopyPolicy, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

ENCRYPTED = re.compile("^Encrypted")


def open_settings(page):
    page.goto("/workspace/northwind/settings")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    return page


def call(live_server, plaintext):
    """Return the status of the API's response to this token, and the message if it is rejected."""
    request = Request(f"{live_server.url}/api/v1/me", headers={"Authorization": f"Bearer {plaintext}"})
    try:
        with urlopen(request) as answer:
            return answer.status, ""
    except HTTPError as refusal:
        return refusal.code, json.loads(refusal.read()).get("detail", "")


@both_widths
def test_each_role_shows_its_members_and_tokens(page, sign_in, make):
    make("CI runner", Role.ADMINISTRATOR)
    sign_in(Role.OWNER)
    open_settings(page)
    switches = page.get_by_role("switch")
    expect(switches).to_have_count(5)
    expect(page.get_by_role("switch", name="Administrator")).to_have_accessible_description("1 member, 1 token")
    expect(page.get_by_role("switch", name="Owner")).to_be_disabled()


@both_widths
def test_role_that_members_have_is_not_switched_off(page, sign_in, northwind):
    sign_in(Role.OWNER)
    open_settings(page)
    page.get_by_role("switch", name="Viewer").uncheck()
    page.get_by_role("button", name="Save roles").click()
    expect(toast(page)).to_contain_text("1 member has the role Viewer")
    expect(page.get_by_role("switch", name="Viewer")).to_be_checked()
    assert Role.VIEWER in Workspace.objects.get().roles


@both_widths
def test_tokens_are_rejected_while_their_scope_is_switched_off(page, sign_in, make, northwind, live_server):
    secret = make("CI runner", Role.TEAM_MEMBER).plaintext
    northwind.memberships.filter(role=Role.TEAM_MEMBER).delete()
    sign_in(Role.OWNER)
    open_settings(page)
    assert call(live_server, secret)[0] == 200
    page.get_by_role("switch", name="Team Member").uncheck()
    page.get_by_role("button", name="Save roles").click()
    asked = page.get_by_role("dialog", name="Switch off roles?")
    expect(asked).to_contain_text("Team Member: 1 token")
    assert call(live_server, secret)[0] == 200
    asked.get_by_role("button", name="Switch off roles").click()
    expect(toast(page)).to_contain_text("The available roles were changed.")
    status, words = call(live_server, secret)
    assert status == 401
    assert "Team Member" in words
    page.goto("/workspace/northwind/access-tokens")
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Scope off")

    open_settings(page)
    page.get_by_role("switch", name="Team Member").check()
    page.get_by_role("button", name="Save roles").click()
    expect(toast(page)).to_contain_text("The available roles were changed.")
    assert call(live_server, secret)[0] == 200


def test_switching_off_a_role_can_be_cancelled(page, sign_in, make, northwind):
    make("CI runner", Role.TEAM_MEMBER)
    northwind.memberships.filter(role=Role.TEAM_MEMBER).delete()
    sign_in(Role.OWNER)
    open_settings(page)
    page.get_by_role("switch", name="Team Member").uncheck()
    page.get_by_role("button", name="Save roles").click()
    dialog(page).get_by_role("link", name="Cancel").click()
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_role("switch", name="Team Member")).to_be_checked()
    assert Workspace.objects.get().roles == list(Role)


@both_widths
def test_show_once_destroys_the_encrypted_copies_after_a_confirmation(page, sign_in, make):
    make("One")
    make("Two")
    sign_in(Role.OWNER)
    open_settings(page)
    expect(page.get_by_role("radio", name=ENCRYPTED)).to_be_checked()
    page.get_by_role("radio", name="Show once").check()
    page.get_by_role("button", name="Save copy policy").click()
    asked = page.get_by_role("dialog", name="Destroy the encrypted copies?")
    expect(asked).to_contain_text("2 encrypted copies")
    expect(asked).to_contain_text("You can't undo this")
    assert AccessToken.objects.exclude(encrypted_copy=None).count() == 2
    asked.get_by_role("button", name="Destroy copies").click()
    expect(toast(page)).to_contain_text("2 encrypted copies were destroyed")
    assert not AccessToken.objects.exclude(encrypted_copy=None).exists()
    page.goto("/workspace/northwind/access-tokens")
    expect(page.get_by_role("button", name="Copy One")).to_have_count(0)


def test_switching_back_restores_no_encrypted_copy(page, sign_in, make, northwind):
    make("One")
    sign_in(Role.OWNER)
    open_settings(page)
    page.get_by_role("radio", name="Show once").check()
    page.get_by_role("button", name="Save copy policy").click()
    dialog(page).get_by_role("button", name="Destroy copies").click()
    expect(toast(page)).to_contain_text("1 encrypted copy was destroyed")
    page.get_by_role("radio", name=ENCRYPTED).check()
    page.get_by_role("button", name="Save copy policy").click()
    expect(toast(page)).to_have_text("The copy policy was changed.")
    assert Workspace.objects.get().copy_policy == CopyPolicy.ENCRYPTED
    page.goto("/workspace/northwind/access-tokens")
    expect(page.get_by_role("button", name="Copy One")).to_have_count(0)
    expect(row(page, "One").get_by_text("Shown once")).to_be_visible()


def test_workspace_is_deleted_and_restored_with_the_keyboard(page, sign_in, make, live_server):
    secret = make("CI runner").plaintext
    sign_in(Role.OWNER)
    open_settings(page)
    page.get_by_role("link", name="Delete this workspace").press("Enter")
    name = dialog(page).get_by_role("textbox")
    expect(name).to_be_focused()
    page.keyboard.type("Northwin")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_contain_text("Type the name")
    expect(name).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("d")
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("Northwind was deleted.")
    status, words = call(live_server, secret)
    assert status == 401
    assert "is deleted" in words
    page.get_by_role("button", name="Restore workspace").press("Enter")
    expect(toast(page)).to_contain_text("Restored Northwind")
    assert call(live_server, secret)[0] == 200


@both_widths
def test_tokens_that_exceed_a_new_expiry_policy_are_shown_before_they_are_shortened(page, sign_in, make):
    token = make("CI runner").token
    sign_in(Role.OWNER)
    open_settings(page)
    page.get_by_label("Maximum lifetime in days").fill("30")
    page.get_by_role("button", name="Save expiry policy").click()
    expect(dialog(page)).to_contain_text("CI runner")
    dialog(page).get_by_label("Shorten their expiry").check()
    dialog(page).get_by_role("button", name="Save expiry policy").click()
    expect(toast(page)).to_contain_text("1 token now expires earlier.")
    token.refresh_from_db()
    assert token.expires_at
    page.goto("/workspace/northwind/access-tokens")
    page.get_by_role("link", name="New token").click()
    offered = dialog(page).get_by_label("Expires").locator("option")
    expect(offered.first).to_contain_text("1 week")
    expect(offered.last).to_have_text("Custom date")


@pytest.mark.parametrize(
    ("label", "wrong", "button"), [("Requests per minute", "9999999", "Save rate limit"), ("Name", "", "Save name")]
)
def test_invalid_field_has_the_focus(page, sign_in, label, wrong, button):
    sign_in(Role.OWNER)
    field = open_settings(page).get_by_label(label, exact=True)
    field.fill(wrong)
    page.get_by_role("button", name=button).click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport()
