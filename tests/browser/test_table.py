import re
from datetime import UTC

import pytest
from playwright.sync_api import expect

from access_tokens.models import AccessToken
from tests.browser.conftest import both_widths
from tests.browser.fixtures import BY, DAY, found_workspace, issue
from tests.browser.pages import row
from workspaces.operations import set_available_roles
from workspaces.permissions import Role

pytestmark = [pytest.mark.same_on_each_database, both_widths]


def opacity(locator):
    return float(locator.evaluate("element => getComputedStyle(element).opacity"))


def redness(locator):
    """Return how much more red than green and blue the text is."""
    return locator.evaluate("""element => {
        const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
        pixel.fillStyle = getComputedStyle(element).color;
        pixel.fillRect(0, 0, 1, 1);
        const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
        return red - Math.max(green, blue);
    }""")


@pytest.fixture
def statuses(make, northwind):
    """A token with each status, by the name of the status."""
    made = {
        "active": make("Works", Role.ADMINISTRATOR),
        "disabled": make("Is off", disabled=True),
        "expired": make("Is over", ends=-3 * DAY),
        "both": make("Is off and over", ends=-3 * DAY, disabled=True),
        "scope_off": make("Has no scope", Role.TEAM_MEMBER),
    }
    northwind.memberships.filter(role=Role.TEAM_MEMBER).delete()
    set_available_roles(northwind, set(Role) - {Role.TEAM_MEMBER}, by=BY)
    return {name: issued.token for name, issued in made.items()}


def test_table_has_the_default_columns_in_order(tokens_page, make):
    make()
    page = tokens_page()
    expect(page.locator("table")).to_have_count(1)
    heads = page.locator("thead th")
    expect(heads).to_have_text(["Label", "Token", "Scope", "Created", "Expires", "Status", "Actions"])
    changed = page.locator("body *").evaluate_all(
        "all => all.filter(one => getComputedStyle(one).textTransform !== 'none').map(one => one.outerHTML)"
    )
    assert changed == []


def test_token_is_masked_after_ten_characters(tokens_page, make):
    issued = make("CI runner", Role.WORKSPACE_MANAGER)
    page = tokens_page()
    expect(row(page, "CI runner").locator("code")).to_have_text(issued.plaintext[:10] + "…")
    expect(row(page, "CI runner")).to_contain_text("Workspace Manager")
    assert issued.plaintext[20:] not in page.content()


def test_dates_have_the_exact_time_in_utc_as_title(tokens_page, make):
    token = make("Ends", ends=100 * DAY, last_used_at=None).token
    never = make("Never ends").token
    page = tokens_page()
    times = row(page, "Ends").locator("time")
    for place, instant in enumerate((token.created_at, token.expires_at)):
        expect(times.nth(place)).to_have_text(f"{instant.astimezone(UTC):%Y-%m-%d}")
        expect(times.nth(place)).to_have_attribute("title", f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    assert never.expires_at is None
    expect(row(page, "Never ends")).to_contain_text("Not specified")


def test_row_shows_every_status_that_applies(tokens_page, statuses):
    page = tokens_page()
    words = {
        "active": ["Active"],
        "disabled": ["Disabled"],
        "expired": ["Expired"],
        "both": ["Disabled", "Expired"],
        "scope_off": ["Scope off"],
    }
    for name, expected in words.items():
        expect(row(page, statuses[name].label).locator("td.st .badge")).to_have_text(expected)


def test_disabled_rows_are_faded_and_expired_rows_are_red(tokens_page, statuses):
    page = tokens_page()
    rows = {name: row(page, token.label) for name, token in statuses.items()}
    assert {name: opacity(one) < 1 for name, one in rows.items()} == {
        "active": False,
        "disabled": True,
        "expired": False,
        "both": True,
        "scope_off": False,
    }
    assert {name: redness(one.locator(".name")) > 60 for name, one in rows.items()} == {
        "active": False,
        "disabled": False,
        "expired": True,
        "both": True,
        "scope_off": False,
    }


def test_row_of_a_token_that_expires_soon_shows_the_days_left(tokens_page, make):
    make("Ends soon", ends=5.5 * DAY)
    expect(row(tokens_page(), "Ends soon")).to_contain_text("in 5 days")


def test_accessible_name_of_each_action_includes_the_label(tokens_page, make):
    make("CI runner")
    make("Is off", disabled=True)
    page = tokens_page()
    names = "button, a.btn"
    on, off = row(page, "CI runner").locator(names), row(page, "Is off").locator(names)
    assert [one.get_attribute("aria-label") for one in on.all()] == [
        "Copy CI runner",
        "Edit CI runner",
        "Disable CI runner",
        "Delete CI runner",
        "More for CI runner",
    ]
    assert [one.get_attribute("aria-label") for one in off.all()] == [
        "Edit Is off",
        "Enable Is off",
        "Delete Is off",
        "More for Is off",
    ]
    for action in (*on.all(), *off.all()):
        action.scroll_into_view_if_needed()
        expect(action).to_be_in_viewport()


def test_empty_list_offers_to_create_a_token(tokens_page):
    page = tokens_page(Role.WORKSPACE_MANAGER)
    expect(page.get_by_role("heading", name="No tokens yet")).to_be_visible()
    page.locator("#tokens").get_by_role("link", name="New token").click()
    expect(page.get_by_role("dialog", name="New token")).to_be_visible()


def test_empty_list_says_which_roles_can_create_tokens(tokens_page):
    page = tokens_page(Role.TEAM_MEMBER)
    expect(page.get_by_text("Workspace Managers and above")).to_be_visible()
    expect(page.get_by_role("link", name="New token")).to_have_count(0)


def test_html_in_a_label_is_escaped(tokens_page, make):
    make("<img src=x onerror=alert(1)>")
    page = tokens_page()
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert AccessToken.objects.get().label in row(page, "<img src=x onerror=alert(1)>").inner_text()
    assert not re.search(r"<img src=x", page.content().replace("&lt;img", ""))


def test_tokens_of_another_workspace_are_not_listed(tokens_page, make, northwind):
    make("Ours")
    issue(found_workspace("Fabrikam", "fabrikam"), "Theirs")
    page = tokens_page()
    expect(row(page, "Ours")).to_have_count(1)
    expect(page.get_by_text("Theirs")).to_have_count(0)
