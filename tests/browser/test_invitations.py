"""Invite people and join: at both widths, with the keyboard, without JavaScript."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import without_javascript
from tests.browser.fixtures import PASSWORD
from tests.browser.pages import dialog, labels
from tests.browser.test_looks import check
from tests.factories import InvitationFactory
from workspaces.invitations import links
from workspaces.models import Invitation, Membership
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

MEMBERS = "/workspace/northwind/members"
LIST = f"{MEMBERS}/invitations"
LONG = "w" * 60


def path_of(invitation: Invitation) -> str:
    return links.invitation_url(invitation).removeprefix(settings.PUBLIC_URL)


@pytest.fixture
def ada(northwind):
    message = f"Come in!\n{LONG * 3}"
    return InvitationFactory(workspace=northwind, email=f"ada@{LONG}.example", role=Role.TEAM_MEMBER, message=message)


def is_member(email: str) -> bool:
    return Membership.objects.filter(user__email=email, role=Role.TEAM_MEMBER).exists()


def test_list_and_dialog_of_invitations_are_accessible_and_fit(page, sign_in, northwind):
    sign_in(Role.OWNER)
    page.goto(LIST)
    check(page)
    over, failure = timezone.now() - timedelta(days=1), "550 5.1.1 " + LONG * 3
    for fields in (
        {"expires_at": over},
        {"inviter_type": "member"},
        {"sent_at": None, "failed_at": over, "failure": failure},
        {"sent_at": None, "failure": failure},
    ):
        InvitationFactory(workspace=northwind, inviter_name=f"{LONG}@{LONG}.example", **fields)
    page.goto(LIST)
    expect(page.get_by_text("1 of 1 e-mails left to send")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Invite people").click()
    lines = [f"{LONG}@{number}" for number in range(30)]
    dialog(page).get_by_label("E-mail addresses").fill("\n".join(lines))
    dialog(page).get_by_role("button", name="Send invitations").click()
    expect(dialog(page).get_by_text("30 lines were not accepted")).to_be_visible()
    check(page)


def test_invitation_page_is_accessible_and_fits_for_each_visitor(page, context, sign_in, ada):
    page.goto(path_of(ada))
    page.get_by_role("button", name="Create account and join").click()
    expect(page.locator(".err").first).to_be_visible()
    check(page)
    sign_in(Role.OWNER)
    page.goto(path_of(ada))
    expect(page.get_by_text("but you are signed in as")).to_be_visible()
    check(page)
    Invitation.objects.update(revoked_at=timezone.now())
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("This invitation was revoked.")
    check(page)


def test_person_is_invited_with_the_keyboard_and_the_email_is_tracked(page, sign_in, northwind):
    sign_in(Role.OWNER)
    page.goto(LIST)
    page.keyboard.press("n")
    expect(dialog(page).get_by_label("E-mail addresses")).to_be_focused()
    page.keyboard.type("ada@acme.example, team member\nbob@")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("Come in!")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(dialog(page).get_by_role("button", name="Send invitations")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog(page).get_by_text("Sending 1 invitation.")).to_be_visible()
    expect(dialog(page).get_by_label("E-mail addresses")).to_have_value("bob@")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_role("link", name="Invite people")).to_be_focused()
    expect(labels(page)).to_have_text(["ada@acme.example"])
    expect(page.get_by_text("1 of 1 e-mails left to send")).to_be_visible()
    expect(page.locator("#invited")).to_have_text("1")
    Invitation.objects.update(sent_at=timezone.now())
    expect(page.locator("tbody .badge")).to_have_text("Sent")
    expect(page.locator("#sending")).to_be_empty()
    page.get_by_role("button", name="Revoke ada@acme.example").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("No open invitations")).to_be_visible()
    expect(page.locator("#invited")).to_be_empty()


@without_javascript
def test_person_is_invited_and_joins_without_javascript(page, context, sign_in, northwind):
    sign_in(Role.OWNER)
    page.goto(MEMBERS)
    page.get_by_role("link", name="Invite people").click()
    page.get_by_label("E-mail addresses").fill("bob@acme.example")
    page.get_by_label("Or a CSV file").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": b"address,role\nada@acme.example,team member\n"}
    )
    page.get_by_role("button", name="Send invitations").click()
    expect(labels(page)).to_have_count(2)
    page.get_by_role("button", name="Revoke bob@acme.example").click()
    expect(labels(page)).to_have_text(["ada@acme.example"])
    page.goto(path_of(Invitation.objects.get(email="ada@acme.example")))
    page.get_by_role("button", name="Sign out and continue").click()
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account and join").click()
    expect(page).to_have_url("/workspace/northwind/access-tokens")
    assert is_member("ada@acme.example")
