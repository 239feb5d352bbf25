"""The API reference: Swagger UI. A violation of the content security policy fails the test."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, both_widths, without_javascript
from tests.browser.test_help import KEPT
from tests.browser.test_looks import button, check
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

DOCS = "/api/v1/docs"


@pytest.fixture
def docs(page, northwind):
    page.goto(DOCS)
    expect(operation(page, "me-get_me")).to_be_visible()
    return page


def operation(page, name):
    return page.locator(f"#operations-{name}")


def authorize(page, token):
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("Access token").fill(token)
    page.locator(".auth-container").get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").last.click()


def execute(page, name, **parameters):
    block = operation(page, name)
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    for parameter, value in parameters.items():
        block.get_by_placeholder(parameter).fill(value)
    block.get_by_role("button", name="Execute").click()
    return block.locator(".live-responses-table")


def test_request_can_be_sent_with_a_token_that_is_stored_nowhere(docs, make):
    issued = make("CI runner")
    authorize(docs, issued.plaintext)
    answer = execute(docs, "me-get_me")
    expect(answer.locator(".response-col_status").last).to_contain_text("200")
    expect(answer).to_contain_text("CI runner")
    expect(docs.locator(".curl").first).to_contain_text("Bearer lkey_…")
    assert issued.plaintext[15:] not in docs.evaluate(KEPT)
    check(docs, [DESK])
    docs.reload()
    refused = execute(docs, "me-get_me")
    expect(refused.locator(".response-col_status").last).to_contain_text("401")


def test_request_contains_the_token_and_no_session(docs, make, sign_in):
    sign_in(Role.OWNER)
    issued = make("CI runner")
    authorize(docs, issued.plaintext)
    with docs.expect_response("**/api/v1/workspaces/northwind/access-tokens*") as response:
        execute(docs, "access_tokens-list_access_tokens", slug="northwind")
    assert response.value.status == 200
    assert response.value.request.headers["authorization"] == f"Bearer {issued.plaintext}"


def test_api_reference_is_accessible_and_fits(docs):
    """Open some operations."""
    for name in ("access_tokens-create_access_token", "services-authorize"):
        operation(docs, name).locator(".opblock-summary-control").click()
        operation(docs, name).get_by_role("button", name="Try it out").click()
    docs.locator("section.models button").first.click()
    check(docs)


def test_token_field_is_accessible_and_hides_the_token(docs, make):
    docs.get_by_role("button", name="Authorize").first.click()
    field = docs.get_by_label("Access token")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_attribute("autocomplete", "off")
    check(docs, [PHONE])
    field.fill(make().plaintext)
    docs.locator(".auth-container").get_by_role("button", name="Apply credentials").click()
    expect(docs.get_by_role("heading", name="Authorized")).to_be_visible()
    check(docs, [PHONE])


def test_api_reference_follows_the_theme(docs):
    surface = "getComputedStyle(document.querySelector('.opblock')).backgroundColor"
    button("Colour theme")(docs)
    button("Light")(docs)
    light = docs.evaluate(surface)
    button("Colour theme")(docs)
    button("Dark")(docs)
    assert docs.evaluate(surface) != light
    docs.reload()
    expect(operation(docs, "me-get_me")).to_be_visible()
    assert docs.evaluate(surface) != light


def test_request_can_be_sent_with_the_keyboard(docs, make):
    authorize(docs, make("CI runner").plaintext)
    operation(docs, "me-get_me").locator(".opblock-summary-control").focus()
    docs.keyboard.press("Enter")
    docs.get_by_role("button", name="Try it out").focus()
    docs.keyboard.press("Enter")
    docs.get_by_role("button", name="Execute").focus()
    assert docs.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    docs.keyboard.press("Enter")
    expect(docs.locator(".live-responses-table")).to_contain_text("CI runner")


def test_missing_document_is_reported(page, northwind, problems):
    page.route("**/api/v1/openapi.json", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(DOCS)
    expect(page.locator(".errors-wrapper")).to_contain_text("openapi.json")
    problems[:] = [words for words in problems if "503" not in words]


def test_help_links_to_the_api_reference_and_back(page, northwind):
    page.goto("/help/overview")
    page.get_by_role("navigation", name="Help").get_by_role("link", name="API reference").click()
    expect(page.get_by_role("heading", name="API reference")).to_be_visible()
    page.get_by_role("link", name="guide", exact=True).click()
    expect(page.get_by_role("heading", name="Using tokens")).to_be_visible()


@without_javascript
@both_widths
def test_api_reference_links_to_the_document_without_javascript(page, northwind):
    page.goto(DOCS)
    expect(page.get_by_text("This page needs JavaScript.")).to_be_visible()
    expect(page.get_by_text("press Authorize")).to_be_hidden()
    page.get_by_role("link", name="OpenAPI document").click()
    assert json.loads(page.locator("pre").inner_text())["openapi"].startswith("3.1")
