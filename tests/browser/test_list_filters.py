"""Search, filters, sort and paging. All of them are in the URL."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from access_tokens.sample_data import add_tokens
from tests.browser.conftest import both_widths_in_full_run
from tests.browser.fixtures import BY, DAY
from tests.browser.pages import is_marked, labels, mark
from workspaces.operations import set_available_roles
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database


def count(page):
    return page.locator(".pager [role=status]")


@pytest.fixture
def three(make):
    """Three tokens that differ in every field that sorts the list."""
    now = timezone.now()
    return [
        make("alpha", Role.OWNER, ends=90 * DAY, created_at=now - 3 * DAY, last_used_at=now - DAY).token,
        make("Beta", by=Role.WORKSPACE_MANAGER, disabled=True, created_at=now - DAY, last_used_at=now).token,
        make("gamma", Role.ADMINISTRATOR, by=Role.ADMINISTRATOR, ends=-5 * DAY).token,
    ]


@both_widths_in_full_run
def test_search_by_label_token_id_and_creator_updates_while_typing(tokens_page, three):
    page = tokens_page()
    mark(page)
    for words, found in (
        ("BET", ["Beta"]),
        (three[0].key_id, ["alpha"]),
        (three[0].token_id, ["alpha"]),
        ("northwind administrator", ["gamma"]),
        ("workspace_manager@northwind", ["Beta"]),
    ):
        page.get_by_role("searchbox").fill(words)
        expect(labels(page)).to_have_text(found)
        expect(count(page)).to_contain_text("1 token found")
    assert is_marked(page)
    assert "q=workspace_manager" in page.url


def test_typing_keeps_the_focus_and_the_caret(tokens_page, three):
    page = tokens_page()
    page.get_by_role("searchbox").press_sequentially("alp")
    expect(labels(page)).to_have_text(["alpha"])
    page.keyboard.type("ha")
    expect(page.get_by_role("searchbox")).to_have_value("alpha")
    expect(page.get_by_role("searchbox")).to_be_focused()


@both_widths_in_full_run
def test_list_is_filtered_by_status_scope_and_expiry(tokens_page, three):
    page = tokens_page()
    page.get_by_role("group", name="Filter by status").get_by_text("Disabled").click()
    expect(labels(page)).to_have_text(["Beta"])
    page.get_by_role("group", name="Filter by status").get_by_text("All").click()
    expect(labels(page)).to_have_count(3)
    page.get_by_label("Filter by scope").select_option("Administrator")
    expect(labels(page)).to_have_text(["gamma"])
    page.get_by_label("Filter by scope").select_option("Any scope")
    page.get_by_label("Filter by expiry").select_option("Later than that")
    expect(labels(page)).to_have_text(["alpha"])
    page.get_by_label("Filter by expiry").select_option("Not specified")
    expect(labels(page)).to_have_text(["Beta"])
    assert re.search(r"\?expires=never$", page.url)


def test_filters_are_combined(tokens_page, three, make):
    make("gamma two", Role.ADMINISTRATOR)
    page = tokens_page()
    page.get_by_role("searchbox").fill("gamma")
    expect(labels(page)).to_have_count(2)
    page.get_by_label("Filter by scope").select_option("Administrator")
    expect(page).to_have_url(re.compile("scope=administrator"))
    page.get_by_role("group", name="Filter by status").get_by_text("Expired").click()
    expect(labels(page)).to_have_text(["gamma"])
    for part in ("q=gamma", "scope=administrator", "status=expired"):
        assert part in page.url
    expect(page.get_by_role("searchbox")).to_have_value("gamma")


def test_tokens_with_an_unavailable_scope_can_be_filtered(tokens_page, make, northwind):
    make("Has no scope", Role.TEAM_MEMBER)
    make("Works")
    northwind.memberships.filter(role=Role.TEAM_MEMBER).delete()
    set_available_roles(northwind, set(Role) - {Role.TEAM_MEMBER}, by=BY)
    page = tokens_page(query="?status=scope_unavailable")
    expect(labels(page)).to_have_text(["Has no scope"])


KEYS = {
    "Label": lambda token: token.label.lower(),
    "Token": lambda token: token.key_id,
    "Scope": lambda token: token.scope,
    "Created": lambda token: token.created_at,
    "Expires": lambda token: token.expires_at or timezone.now() + timedelta(days=99999),
    "Token ID": lambda token: token.token_id,
    "Created by": lambda token: token.creator_email,
    "Last used": lambda token: token.last_used_at or timezone.now() - timedelta(days=99999),
    "Status": lambda token: token.status,
}


@pytest.mark.parametrize("column", KEYS)
def test_each_column_sorts_ascending_and_descending(tokens_page, three, northwind, column):
    everything = ["label", "key_id", "scope", "created_at", "expires_at", "actions", "id", "created_by", "last_used_at"]
    northwind.memberships.update(table_columns={"access-tokens": everything})
    page = tokens_page()
    upwards = [token.label for token in sorted(three, key=KEYS[column])]
    head = page.get_by_role("columnheader", name=column, exact=True)
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(labels(page)).to_have_text(upwards)
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(labels(page)).to_have_text(upwards[::-1])
    expect(page.get_by_role("columnheader", name="Actions").get_by_role("link")).to_have_count(0)


@pytest.mark.parametrize("viewport", [{"width": 390, "height": 844}], indirect=True)
def test_phone_sorts_with_a_select(tokens_page, three):
    page = tokens_page()
    page.get_by_label("Sort by").select_option("Label ↓")
    expect(labels(page)).to_have_text(["gamma", "Beta", "alpha"])
    assert page.url.endswith("?sort=-label")
    page.get_by_label("Sort by").select_option("Label ↑")
    expect(labels(page)).to_have_text(["alpha", "Beta", "gamma"])


@both_widths_in_full_run
def test_pages_have_25_50_or_100_rows(tokens_page, northwind):
    add_tokens(60, advance=lambda made: None)
    page = tokens_page()
    expect(labels(page)).to_have_count(25)
    expect(count(page)).to_have_text("60 tokens")
    first = labels(page).all_inner_texts()
    page.get_by_role("navigation", name="Pages").get_by_text("3", exact=True).click()
    expect(labels(page)).to_have_count(10)
    expect(labels(page).first).to_be_in_viewport()
    page.get_by_role("link", name="Previous page").click()
    expect(page.get_by_role("navigation", name="Pages").locator("[aria-current=page]")).to_have_text("2")
    assert not set(first) & set(labels(page).all_inner_texts())
    for size, shown in (("50", 50), ("100", 60), ("25", 25)):
        page.locator(".sizes").get_by_text(size, exact=True).click()
        expect(labels(page)).to_have_count(shown)
    expect(page.locator(".sizes [aria-current]")).to_have_text("25")


def test_search_keeps_the_page_size_and_starts_at_the_first_page(tokens_page, northwind):
    add_tokens(120, advance=lambda made: None)
    page = tokens_page(query="?per_page=50&page=2")
    expect(labels(page)).to_have_count(50)
    page.get_by_role("searchbox").fill("runner")
    expect(count(page)).to_contain_text("20 tokens found")
    assert "per_page=50" in page.url
    assert "page=2" not in page.url


def test_back_forward_reload_and_a_copied_url_show_the_same_list(tokens_page, three, context):
    page = tokens_page()
    page.get_by_role("searchbox").fill("a")
    page.get_by_label("Filter by scope").select_option("Administrator")
    expect(labels(page)).to_have_text(["gamma"])
    page.get_by_role("columnheader", name="Label").get_by_role("link").click()
    expect(page).to_have_url(re.compile("sort=label"))
    page.get_by_label("Filter by scope").select_option("Any scope")
    expect(labels(page)).to_have_text(["alpha", "Beta", "gamma"])
    last = page.url

    page.go_back()
    expect(labels(page)).to_have_text(["gamma"])
    expect(page.get_by_label("Filter by scope")).to_have_value("administrator")
    expect(page.locator("h1")).to_have_text("Access Tokens")
    page.go_forward()
    expect(page).to_have_url(last)
    expect(labels(page)).to_have_text(["alpha", "Beta", "gamma"])
    page.reload()
    expect(labels(page)).to_have_text(["alpha", "Beta", "gamma"])
    other = context.new_page()
    other.goto(last)
    expect(labels(other)).to_have_text(["alpha", "Beta", "gamma"])
    expect(other.get_by_role("searchbox")).to_have_value("a")


@both_widths_in_full_run
def test_empty_result_names_the_filters_and_clears_them(tokens_page, three):
    page = tokens_page(query="?q=zeppelin&status=disabled")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(page.locator("#results .empty")).to_contain_text("“zeppelin” and Disabled")
    page.get_by_role("link", name="Clear all filters").click()
    expect(labels(page)).to_have_count(3)
    expect(page.get_by_role("searchbox")).to_have_value("")
    assert "?" not in page.url


def test_clear_link_is_next_to_the_number_of_results(tokens_page, three):
    page = tokens_page(query="?q=beta")
    expect(count(page)).to_contain_text("1 token found")
    count(page).get_by_role("link", name="Clear").click()
    expect(count(page)).to_have_text("3 tokens")


@pytest.mark.parametrize(
    "query",
    ["?sort=nonsense&page=0", "?page=999", "?page=x&per_page=7", "?status=odd&scope=king&expires=soonish", "?sort=-"],
)
def test_invalid_query_parameters_are_ignored(tokens_page, three, query):
    page = tokens_page(query=query)
    expect(labels(page)).to_have_text(["Beta", "alpha", "gamma"])


@pytest.mark.parametrize("pasted", ["{}", chr(34) + "{}" + chr(34), "{:.40}", "  {}"])
def test_token_pasted_into_the_search_field_is_not_sent(tokens_page, make, pasted):
    issued = make("Lost and found")
    make("Another")
    page = tokens_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
    page.get_by_role("searchbox").fill(pasted.format(issued.plaintext))
    expect(labels(page)).to_have_text(["Lost and found"])
    expect(page.get_by_role("searchbox")).to_have_value(re.compile(rf"^\s*{issued.token.key_id}\s*$"))
    assert sent
    assert not [what for what in sent if issued.plaintext[16:20] in what]
