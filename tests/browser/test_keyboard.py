import pytest
from playwright.sync_api import expect

from tests.browser.conftest import both_widths
from tests.browser.pages import dialog, row
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

FOCUSED = """() => {
    const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
    if (it === document.body) return null;
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    const name = it.ariaLabel || it.labels?.[0]?.innerText || it.innerText || it.id;
    return [name.trim(), outlined && box.width > 0 && box.height > 0];
}"""


def walk(page, most=80):
    """Press Tab until the focus leaves the page. Return each element's name and whether its focus is visible."""
    stops: list[tuple[str, bool]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None or (stops and stop[0] == stops[0][0]):
            return stops
        stops.append(stop)
    raise AssertionError(f"The focus never left the page: {stops}")


@both_widths
def test_tab_reaches_every_action_with_a_visible_focus(tokens_page, make):
    make("CI runner")
    make("Is off", disabled=True)
    page = tokens_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    stops = walk(page)
    names = [name for name, _ in stops]
    for name in (
        *("New token", "Search", "Filter by scope", "Filter by expiry", "Columns", "Disabled", "Colour theme"),
        *("Copy CI runner", "Edit CI runner", "Disable CI runner", "Delete CI runner"),
        *("Edit Is off", "Enable Is off", "Delete Is off", "25"),
    ):
        assert name in names, f"{name} is not among {names}"
    assert [name for name, is_seen in stops if not is_seen] == []


def test_tab_follows_the_order_of_the_page(tokens_page, make):
    make("CI runner")
    names = [name for name, _ in walk(tokens_page())]
    order = ["Access Tokens", "New token", "Search", "Columns", "Label", "Copy CI runner", "Delete CI runner", "25"]
    places = [names.index(name) for name in order]
    assert places == sorted(places)


OPENERS = ["New token", "Edit CI runner", "Delete CI runner", "CI runner"]


@both_widths
@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("way_out", ["Escape", "Close", "Cancel"])
def test_closed_dialog_returns_the_focus(tokens_page, make, opener, way_out):
    make("CI runner")
    page = tokens_page()
    button = page.get_by_role("link", name=opener, exact=True).first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog:modal")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    if way_out == "Escape":
        page.keyboard.press("Escape")
    else:
        dialog(page).get_by_role("link", name=way_out).click()
    expect(dialog(page)).to_have_count(0)
    expect(button).to_be_focused()
    assert page.url.endswith("/access-tokens")


@pytest.mark.parametrize("opener", OPENERS)
def test_dialog_keeps_the_focus_inside(tokens_page, make, opener):
    make("CI runner")
    page = tokens_page()
    page.get_by_role("link", name=opener, exact=True).first.click()
    expect(page.locator("dialog:modal")).to_be_visible()
    for key in ("Tab", "Shift+Tab"):
        for _ in range(20):
            page.keyboard.press(key)
            inside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
            assert page.evaluate(inside)


def test_submitted_form_returns_the_focus(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    page.get_by_role("link", name="Edit CI runner").click()
    dialog(page).get_by_label("Label").fill("Deploy")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Edit Deploy")).to_be_focused()


def test_focus_is_in_the_table_after_a_deletion(tokens_page, make):
    make("CI runner")
    make("Other")
    page = tokens_page()
    page.get_by_role("link", name="Delete CI runner").click()
    page.get_by_role("button", name="Delete token").click()
    expect(row(page, "CI runner")).to_have_count(0)
    expect(page.locator("#tokens")).to_be_focused()


def test_token_is_disabled_and_enabled_with_the_keyboard(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    page.get_by_label("Disable CI runner").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Enable CI runner")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Disable CI runner")).to_be_focused()


@both_widths
def test_dialog_keeps_the_scroll_position(tokens_page, make):
    for number in range(25):
        make(f"Token {number}")
    page = tokens_page()
    page.get_by_label("Disable Token 12", exact=True).scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="New token").get_by_label("Label")).to_be_focused()
    assert page.evaluate("scrollY") == place
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    assert page.evaluate("scrollY") == place


def test_slash_moves_to_the_search_and_n_opens_the_form(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    page.keyboard.type("n/n")
    expect(search).to_have_value("n/n")
    expect(dialog(page)).to_have_count(0)
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="New token")).to_be_visible()
    dialog(page).get_by_role("radio").first.focus()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")


def test_n_does_nothing_for_members_who_can_not_create_tokens(tokens_page, make):
    make("CI runner")
    page = tokens_page(Role.VIEWER)
    page.keyboard.press("n")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(dialog(page)).to_have_count(0)


def test_screen_readers_announce_toasts(tokens_page):
    live = tokens_page().locator("#toasts")
    expect(live).to_have_attribute("role", "status")
    expect(live).to_have_attribute("aria-live", "polite")
