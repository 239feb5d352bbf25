"""Account pages in a browser, with the passkeys of a virtual device."""

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

MFA = "/accounts/mfa"
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
    """Add a virtual device whose fingerprint check succeeds. Return a function that changes that."""
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

    def is_verified(value: bool) -> None:
        options = {"authenticatorId": device["authenticatorId"], "isUserVerified": value}
        devtools.send("WebAuthn.setUserVerified", options)

    return is_verified


def add_passkey(page) -> None:
    page.goto(f"{MFA}/passkeys/add")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def sign_out(page) -> None:
    page.goto("/accounts/logout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def submit_password(page, user) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_passkey_signs_in_instead_of_and_after_the_password(page, sign_in, laptop, northwind):
    sign_in(Role.OWNER)
    add_passkey(page)
    page.get_by_role("link", name="I saved my codes").click()
    expect(page.get_by_text("Laptop")).to_be_visible()
    sign_out(page)
    page.goto("/accounts/login?next=/workspace/northwind/members")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    sign_out(page)
    submit_password(page, person(northwind, Role.OWNER))
    expect(page.get_by_role("heading", name="Confirm your sign-in")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Workspaces", level=1)).to_be_visible()


def test_passkey_reauthenticates_before_a_token_is_created(page, sign_in, laptop):
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


def test_failed_fingerprint_is_reported_and_can_be_retried(page, sign_in, laptop):
    sign_in(Role.OWNER)
    add_passkey(page)
    sign_out(page)
    laptop(False)
    button = page.get_by_role("button", name="Sign in with a passkey")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")
    expect(button).to_be_focused()
    laptop(True)
    button.click()
    expect(page.get_by_role("heading", name="Workspaces", level=1)).to_be_visible()


def test_passkey_pages_are_accessible_and_fit(page, sign_in, laptop, northwind):
    sign_in(Role.OWNER)
    page.goto(f"{MFA}/passkeys/add")
    check(page)
    add_passkey(page)
    check(page)
    for path in (
        MFA,
        "/accounts/reauthenticate",
        "/accounts/reauthenticate/code",
        "/accounts/reauthenticate/passkey",
    ):
        page.goto(path)
        check(page)
    page.goto(MFA)
    page.get_by_role("link", name="Remove Laptop").click()
    check(page)
    sign_out(page)
    submit_password(page, person(northwind, Role.OWNER))
    expect(page.get_by_role("heading", name="Confirm your sign-in")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".err").first).to_be_visible()
    check(page)


@without_javascript
def test_email_address_is_changed_without_javascript(page, sign_in, northwind):
    sign_in(Role.OWNER)
    page.goto("/accounts/profile")
    page.get_by_label("New e-mail address").fill("owner@new.example")
    page.get_by_role("button", name="Send codes").click()
    for letter in mail.outbox:
        code = re.findall(r"^([2-9B-Z]{8})$", str(letter.body), re.MULTILINE)[0]
        page.get_by_label(f"Code sent to {letter.to[0]}").fill(code)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("Sign in with owner@new.example from now on")
    assert person(northwind, Role.OWNER).email == "owner@new.example"


def test_account_pages_work_with_the_keyboard(page, sign_in):
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
