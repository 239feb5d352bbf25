"""The event log in a browser: filters, pages, one event, what is new, a file."""

import json
import threading

import pytest
from playwright.sync_api import expect

from tests.browser.fixtures import BY, issue
from tests.browser.pages import dialog, is_marked, mark, toast
from workspaces.events import exports
from workspaces.models import Event
from workspaces.operations import projects
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

EVENTS = "/workspace/northwind/events"


@pytest.fixture
def log(page, sign_in, northwind):
    """The log, opened by an Administrator, with 30 projects made."""
    for number in range(30):
        projects.create(northwind, f"Project {number}", by=BY)
    sign_in(Role.ADMINISTRATOR)
    page.goto(EVENTS)
    return page


def test_it_is_filtered_and_paged_by_the_keyboard_and_the_address_holds_it(log):
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


def test_one_event_opens_beside_the_list_and_leads_to_others(log, northwind):
    issue(northwind, "CI runner")
    log.reload()
    log.locator("a.told").first.focus()
    log.keyboard.press("Enter")
    expect(dialog(log)).to_contain_text("token.created")
    log.keyboard.press("Escape")
    expect(log.locator("a.told").first).to_be_focused()
    log.keyboard.press("Enter")
    dialog(log).get_by_role("link", name="All that happened to CI runner").click()
    expect(log.locator("a.told")).to_have_text(["Northwind Owner created the token CI runner"])
    assert "subject=owner%40northwind.example_" in log.url


def test_what_is_new_is_told_and_comes_when_it_is_asked_for(page, sign_in, northwind):
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


def test_nobody_asks_when_the_page_is_not_looked_at_nor_for_more_than_an_hour(page, sign_in):
    sign_in(Role.ADMINISTRATOR)
    page.clock.install()
    page.goto(EVENTS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/news" in request.url else None)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.clock.run_for(60_000)
    assert asked == []
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false})")
    page.evaluate(
        "window.fetch = () => { window.asked = (window.asked ?? 0) + 1; return Promise.reject(new Error()); }; 0"
    )
    page.clock.run_for(2 * 3600_000)
    assert page.evaluate("window.asked") == 240


def test_the_log_is_downloaded_as_it_is_filtered(log):
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


@pytest.fixture
def halted(monkeypatch):
    """Files stop after their first lines until this is set."""
    go_on, lines = threading.Event(), exports.stream

    def halting(rows, to):
        parts = lines(rows, to)
        yield next(parts)
        go_on.wait(10)
        yield from parts

    monkeypatch.setattr(exports, "EVENTS_PER_CHUNK", 6)
    monkeypatch.setattr(exports, "stream", halting)
    return go_on


def begin_download(log):
    log.get_by_role("link", name="Export", exact=True).click()
    dialog(log).get_by_role("button", name="Download").click()
    return dialog(log).get_by_role("progressbar", name="Downloading")


def test_a_download_tells_how_far_it_is(log, halted):
    with log.expect_download() as download:
        bar = begin_download(log)
        expect(bar).to_have_js_property("value", 6)
        expect(dialog(log)).to_contain_text("6 of 36")
        halted.set()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 37
    expect(dialog(log)).to_have_count(0)


def test_closing_the_dialog_stops_a_download(log, halted):
    downloads: list[str] = []
    log.on("download", lambda download: downloads.append(download.url))
    expect(begin_download(log)).to_have_js_property("value", 6)
    dialog(log).get_by_role("link", name="Close").first.click()
    expect(dialog(log)).to_have_count(0)
    halted.set()
    log.wait_for_timeout(300)
    assert downloads == []
    expect(toast(log)).to_have_count(0)


def test_a_download_that_breaks_off_says_so(log, halted, monkeypatch):
    def breaking(rows, to):
        yield b"one line\n"
        raise ConnectionError("away")

    monkeypatch.setattr(exports, "stream", breaking)
    bar = begin_download(log)
    expect(toast(log).filter(has_text="The download broke off. Try it again.")).to_be_visible()
    expect(bar).to_be_hidden()
