"""The guides, and the field that checks a token."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Request, expect

from access_tokens.guides import NAMES, load_guides
from access_tokens.models import AccessToken
from tests.browser.conftest import both_widths, without_javascript
from tests.browser.fixtures import DAY
from tests.browser.pages import toast
from tests.browser.test_keyboard import walk
from tests.browser.test_looks import check
from workspaces.permissions import Role, permissions_of

pytestmark = pytest.mark.same_on_each_database

USING = "/workspace/northwind/help/using"
KEPT = """() => JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage },
    document.cookie, document.documentElement.outerHTML,
    [...document.querySelectorAll("input, textarea")].map((one) => one.value)])"""


@pytest.fixture
def using(page, sign_in, settings, live_server):
    """The guide “Using tokens”, opened by a Viewer."""
    settings.PUBLIC_URL = live_server.url
    sign_in(Role.VIEWER)
    page.goto(USING)
    return page


@pytest.fixture
def calls(using):
    """The requests that the page sends after it has loaded."""
    calls: list[Request] = []

    def heard(request) -> None:
        calls.append(request)

    using.on("request", heard)
    return calls


def ask(page, token):
    page.get_by_label("Check a token", exact=True).fill(token)
    page.get_by_role("button", name="Check token", exact=True).click()
    return page.locator("#check-answer")


@pytest.mark.parametrize("name", NAMES)
def test_guide_is_accessible_and_fits_with_and_without_sign_in(page, sign_in, name):
    """The public page and the page in a workspace show the same text."""
    page.goto(f"/help/{name}")
    expect(page.get_by_role("heading", level=1)).to_have_text(load_guides()[name].title)
    if name == NAMES[0]:
        check(page)
    sign_in(Role.VIEWER)
    page.goto(f"/workspace/northwind/help/{name}")
    expect(page.get_by_role("heading", level=1)).to_have_text(load_guides()[name].title)
    check(page)


@both_widths
def test_sidebar_opens_the_guides_and_they_link_to_each_other(tokens_page, viewport):
    page = tokens_page(Role.VIEWER)
    if page.get_by_role("button", name="Open navigation").is_visible():
        page.get_by_role("button", name="Open navigation").click()
    page.get_by_role("link", name="Help", exact=True).click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.get_by_role("navigation", name="Help").get_by_role("link", name="Security practices").click()
    expect(page).to_have_url(re.compile("/workspace/northwind/help/security$"))
    expect(page.get_by_role("navigation", name="Help").locator("[aria-current=page]")).to_have_text(
        "Security practices"
    )
    page.get_by_role("link", name="Rotate", exact=True).click()
    expect(page).to_have_url(re.compile("/workspace/northwind/help/managing#rotate$"))
    expect(page.get_by_role("heading", name="Rotate")).to_be_in_viewport()


@both_widths
def test_problem_url_opens_its_section(page, northwind):
    page.goto("/help/errors#token-expired")
    expect(page.get_by_role("heading", name="Token expired")).to_be_in_viewport()


def test_tab_reaches_the_samples_and_the_field_with_a_visible_focus(using):
    stops = walk(using)
    names = [name for name, _ in stops]
    for name in ("Skip to content", "Help", "Using tokens", "API reference", "Copy", "Check a token", "Check token"):
        assert name in names, f"{name} is not among {names}"
    assert [name for name, is_seen in stops if not is_seen] == []


def test_sample_can_be_copied(using, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    using.get_by_role("button", name="Copy", exact=True).first.click()
    expect(toast(using)).to_have_text("Copied")
    copied = using.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("#!/bin/sh")
    assert "/api/v1/workspaces/northwind/projects" in copied


def test_token_is_checked_and_stored_nowhere(using, calls, make):
    issued = make("Nightly report", Role.TEAM_MEMBER, ends=30 * DAY)
    answer = ask(using, f" {issued.plaintext}\n")
    expect(answer.locator("dd")).to_have_count(5)
    for words in ("Nightly report", "team_member", "Northwind", *permissions_of(Role.TEAM_MEMBER)):
        expect(answer).to_contain_text(words)
    assert issued.token.expires_at is not None
    expect(answer).to_contain_text(f"{issued.token.expires_at:%d %b %Y}")
    expect(using.get_by_label("Check a token", exact=True)).to_have_value("")
    [call] = calls
    assert call.url.endswith("/api/v1/me")
    assert call.headers["authorization"] == f"Bearer {issued.plaintext}"
    assert "cookie" not in call.all_headers()
    assert issued.plaintext[15:] not in using.evaluate(KEPT)
    check(using)


def test_non_expiring_token_is_shown_as_such(using, make):
    expect(ask(using, make().plaintext)).to_contain_text("Never")


def test_token_is_checked_with_the_keyboard(using, make):
    using.get_by_label("Check a token", exact=True).focus()
    using.keyboard.type(make("CI runner").plaintext)
    using.keyboard.press("Enter")
    expect(using.locator("#check-answer")).to_contain_text("CI runner")
    expect(using.get_by_label("Check a token", exact=True)).to_be_focused()


def test_rejected_token_shows_the_message_of_the_api(using, make):
    issued = make("CI runner")
    answer = ask(using, issued.plaintext[:-1])
    expect(answer).to_contain_text("This access token is not valid.")
    expect(using.get_by_label("Check a token", exact=True)).to_have_value("")
    AccessToken.objects.update(disabled_at=timezone.now())
    expect(ask(using, issued.plaintext)).to_contain_text("This access token is disabled.")
    check(using)


def test_problem_with_a_url_links_to_its_guide(using, live_server):
    problem = {"type": f"{live_server.url}/help/errors#token-disabled", "detail": "This access token is disabled."}
    using.route("**/api/v1/me", lambda route: route.fulfill(status=401, json=problem))
    ask(using, "lkey_x")
    using.get_by_role("link", name="How to fix this").click()
    expect(using.get_by_role("heading", name="Token disabled")).to_be_in_viewport()


@pytest.mark.parametrize("kind", ["about:blank", "javascript:alert(1)", None])
def test_problem_without_a_url_is_not_a_link(using, kind):
    using.route("**/api/v1/me", lambda route: route.fulfill(status=401, json={"type": kind, "detail": "No."}))
    expect(ask(using, "lkey_x")).to_contain_text("No.")
    expect(using.get_by_role("link", name="How to fix this")).to_have_count(0)


@pytest.mark.parametrize("token", ["two words", "ключ", "lkey_…"])
def test_malformed_token_is_not_sent(using, calls, token):
    expect(ask(using, token)).to_contain_text("A token is 64 letters and digits")
    assert calls == []


def test_unreachable_server_is_reported(using, problems):
    using.route("**/api/v1/me", lambda route: route.abort())
    expect(ask(using, "lkey_x")).to_contain_text("The server could not be asked.")
    problems[:] = [words for words in problems if "ERR_FAILED" not in words]


@without_javascript
@both_widths
def test_guide_without_javascript_has_no_field(page, northwind):
    page.goto("/help/using")
    expect(page.get_by_role("heading", name="Check a token")).to_be_visible()
    expect(page.locator("#check-token")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_role("link", name="Errors").first.click()
    expect(page.get_by_role("heading", name="Errors", exact=True)).to_be_visible()
