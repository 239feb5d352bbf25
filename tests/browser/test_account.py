"""Account pages in a browser: a passkey of a virtual laptop, for sign-in and as a proof; codes without JavaScript."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from access_tokens.models import AccessToken
from tests.browser.conftest import without_javascript
from tests.browser.fixtures import PASSWORD, age_sign_in, person
from tests.browser.pages import dialog, session_key
from tests.browser.test_looks import check
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

STEPS = "/accounts/second-step"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def laptop(page, context):
    """A device with a fingerprint reader, on which every finger is the right one."""
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

    def is_verified(value: bool) -> None:
        about = {"authenticatorId": made["authenticatorId"], "isUserVerified": value}
        devtools.send("WebAuthn.setUserVerified", about)

    return is_verified


def add_passkey(page) -> None:
    page.goto(f"{STEPS}/passkeys/add")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def sign_out(page) -> None:
    page.goto("/accounts/logout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def give_password(page, user) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_signs_in_alone_and_after_the_password(page, sign_in, laptop, northwind):
    sign_in(Role.OWNER)
    add_passkey(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Laptop")).to_be_visible()
    sign_out(page)
    page.goto("/accounts/login?next=/workspace/northwind/members")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    sign_out(page)
    give_password(page, person(northwind, Role.OWNER))
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Workspaces", level=1)).to_be_visible()


def test_a_passkey_is_proof_enough_before_a_token_is_made(page, sign_in, laptop):
    sign_in(Role.OWNER)
    add_passkey(page)
    age_sign_in(session_key(page), 16)
    page.goto("/workspace/northwind/access-tokens")
    page.get_by_role("link", name="New token").first.click()
    dialog(page).get_by_role("link", name="Use a passkey or a code instead").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("link", name="New token").first.click()
    expect(dialog(page).get_by_label("Your password")).to_have_count(0)
    dialog(page).get_by_label("Label").fill("Nightly backup")
    dialog(page).get_by_role("button", name="Create token").click()
    expect(page.get_by_role("dialog", name="Your new token")).to_be_visible()
    assert AccessToken.objects.count() == 1


def test_a_refused_finger_is_told_and_may_be_tried_again(page, sign_in, laptop):
    sign_in(Role.OWNER)
    add_passkey(page)
    sign_out(page)
    laptop(False)
    button = page.get_by_role("button", name="Sign in with a passkey")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    expect(button).to_be_focused()
    laptop(True)
    button.click()
    expect(page.get_by_role("heading", name="Workspaces", level=1)).to_be_visible()


def test_each_page_of_passkeys_is_accessible_and_fits(page, sign_in, laptop, northwind):
    sign_in(Role.OWNER)
    page.goto(f"{STEPS}/passkeys/add")
    check(page)
    add_passkey(page)
    check(page)
    for path in (
        STEPS,
        "/accounts/reauthenticate",
        "/accounts/reauthenticate/code",
        "/accounts/reauthenticate/passkey",
    ):
        page.goto(path)
        check(page)
    page.goto(STEPS)
    page.get_by_role("link", name="Remove Laptop").click()
    check(page)
    sign_out(page)
    give_password(page, person(northwind, Role.OWNER))
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".err").first).to_be_visible()
    check(page)


@without_javascript
def test_an_email_is_changed_by_two_codes_without_javascript(page, sign_in, northwind):
    sign_in(Role.OWNER)
    page.goto("/accounts/profile")
    page.get_by_label("New e-mail").fill("owner@new.example")
    page.get_by_role("button", name="Mail the codes").click()
    for letter in mail.outbox:
        code = re.findall(r"^([2-9B-Z]{8})$", str(letter.body), re.MULTILINE)[0]
        page.get_by_label(f"Code that {letter.to[0]} got").fill(code)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("From now on you sign in with owner@new.example")
    assert person(northwind, Role.OWNER).email == "owner@new.example"


def test_the_account_is_reached_and_used_by_keyboard_alone(page, sign_in):
    sign_in(Role.OWNER)
    page.goto("/workspaces")
    account = page.get_by_role("link", name="your account")
    account.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    page.get_by_label("Your name").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Nora")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Nora (your account)")).to_be_visible()
