"""The event log: filters, pages, details, new events and export."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.fixtures import BY, issue
from tests.browser.pages import dialog, is_marked, mark, toast
from workspaces.models import Event
from workspaces.operations import projects
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

EVENTS = "/workspace/northwind/events"


@pytest.fixture
def log(page, sign_in, northwind):
    """The event log with 30 created projects, opened by an Administrator."""
    for number in range(30):
        projects.create(northwind, f"Project {number}", by=BY)
    sign_in(Role.ADMINISTRATOR)
    page.goto(EVENTS)
    return page


def test_log_is_filtered_and_paged_with_the_keyboard_and_in_the_url(log):
    mark(log)
    log.keyboard.press("/")
    log.keyboard.type("project")
    expect(log.locator("a.told")).to_have_count(25)
    log.get_by_label("Filter by event type").select_option("Project created")
    expect(log).to_have_url(f"{EVENTS}?q=project&type=project.created")
    log.get_by_role("link", name="Older").focus()
    log.keyboard.press("Enter")
    expect(log.locator("a.told").last).to_contain_text("Project 0")
    assert "before=" in log.url
    log.get_by_role("link", name="Newer").click()
    expect(log.locator("a.told").first).to_contain_text("Project 29")
    assert is_marked(log)
    log.go_back()
    expect(log.locator("a.told").last).to_contain_text("Project 0")
    log.get_by_text("More filters").click()
    log.get_by_label("By (e-mail or token ID)").fill("nobody@northwind.example")
    log.keyboard.press("Enter")
    expect(log.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(log.get_by_label("By (e-mail or token ID)")).to_have_value("nobody@northwind.example")


def test_event_opens_next_to_the_list_and_links_to_related_events(log, northwind):
    issue(northwind, "CI runner")
    log.reload()
    log.locator("a.told").first.focus()
    log.keyboard.press("Enter")
    expect(dialog(log)).to_contain_text("token.created")
    log.keyboard.press("Escape")
    expect(log.locator("a.told").first).to_be_focused()
    log.keyboard.press("Enter")
    dialog(log).get_by_role("link", name="All events about CI runner").click()
    expect(log.locator("a.told")).to_have_text(["Northwind Owner created the token CI runner"])
    assert "subject=owner%40northwind.example_" in log.url


def test_new_events_are_announced_and_shown_on_request(page, sign_in, northwind):
    sign_in(Role.ADMINISTRATOR)
    page.clock.install()
    page.goto(EVENTS)
    before = page.locator("a.told").first.text_content()
    page.locator("body").click(position={"x": 700, "y": 20})
    projects.create(northwind, "Billing", by=BY)
    page.clock.run_for(16_000)
    reload = page.locator("#reload")
    expect(reload).to_have_text("1 new")
    expect(page.locator("a.told").first).to_have_text(str(before))
    assert page.evaluate("document.activeElement === document.body")
    reload.click()
    expect(page.locator("a.told").first).to_contain_text("created the project Billing")
    expect(page.locator("#reload")).to_have_text("Reload")


def test_a_hidden_page_does_not_poll_for_new_events(page, sign_in):
    sign_in(Role.ADMINISTRATOR)
    page.clock.install()
    page.goto(EVENTS)
    polls: list[str] = []
    page.on("request", lambda request: polls.append(request.url) if "/news" in request.url else None)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.clock.run_for(60_000)
    assert polls == []
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false})")
    with page.expect_response(lambda response: "/news" in response.url):
        page.clock.run_for(16_000)


def test_a_failed_poll_shows_no_message(page, sign_in, problems):
    sign_in(Role.ADMINISTRATOR)
    page.clock.install()
    page.goto(EVENTS)
    page.route("**/news*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.clock.run_for(16_000)
    expect(toast(page)).to_have_count(0)
    problems.clear()


def test_filtered_log_is_downloaded(log):
    log.goto(f"{EVENTS}?type=project.created&q=project+1")
    log.get_by_role("link", name="Export", exact=True).click()
    expect(dialog(log)).to_contain_text("11 events")
    dialog(log).get_by_label("JSON Lines").check()
    with log.expect_download() as download:
        dialog(log).get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.startswith("northwind-events-")
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 11
    assert json.loads(lines[0])["description"] == "tests (command) created the project Project 19"
    assert Event.objects.latest("pk").event_type == "workspace.events_exported"
