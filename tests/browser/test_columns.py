import pytest
from playwright.sync_api import expect

from tests.browser.conftest import both_widths
from tests.browser.fixtures import BY, found_workspace, issue, person
from tests.browser.pages import is_marked, mark
from workspaces.operations import add_member
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

AT_FIRST = ["Label", "Token", "Scope", "Created", "Expires", "Status", "Actions"]
OFFERED = ["Label", "Token", "Scope", "Created", "Expires", "Actions", "Token ID", "Created by", "Last used"]


@pytest.fixture(autouse=True)
def a_token(make):
    make()


def heads(page):
    return page.locator("thead th")


def open_columns(page):
    page.get_by_role("button", name="Columns", exact=True).click()
    return page.get_by_role("switch")


def switch(page, name):
    return page.get_by_role("switch", name=name, exact=True)


@both_widths
def test_every_column_but_status_has_a_switch_in_this_order(tokens_page):
    switches = open_columns(tokens_page())
    expect(switches).to_have_count(len(OFFERED))
    names = switches.evaluate_all("all => all.map(one => one.labels[0].innerText.trim())")
    assert names == OFFERED
    on = switches.evaluate_all("all => all.map(one => one.checked)")
    assert on == [True] * 6 + [False] * 3


@both_widths
def test_switch_updates_the_table_without_a_page_load(tokens_page):
    page = tokens_page()
    mark(page)
    open_columns(page)
    switch(page, "Token").uncheck()
    expect(heads(page)).to_have_text([name for name in AT_FIRST if name != "Token"])
    switch(page, "Last used").check()
    expect(heads(page)).to_have_text(["Label", "Scope", "Created", "Expires", "Last used", "Status", "Actions"])
    expect(page.get_by_text("Never used")).to_be_visible()
    expect(switch(page, "Last used")).to_be_visible()
    assert is_marked(page)


def test_chosen_columns_are_stored(tokens_page):
    page = tokens_page()
    open_columns(page)
    switch(page, "Created").uncheck()
    expect(heads(page)).to_have_count(6)
    page.reload()
    expect(heads(page)).to_have_text([name for name in AT_FIRST if name != "Created"])
    open_columns(page)
    expect(switch(page, "Created")).not_to_be_checked()


def test_chosen_columns_are_stored_per_member_and_workspace(tokens_page, sign_in, northwind):
    fabrikam = found_workspace("Fabrikam", "fabrikam")
    issue(fabrikam)
    add_member(fabrikam, person(northwind, Role.OWNER), Role.VIEWER, by=BY)
    page = tokens_page(Role.OWNER)
    open_columns(page)
    switch(page, "Created").uncheck()
    expect(heads(page)).to_have_count(6)
    page.goto("/workspace/fabrikam/access-tokens")
    expect(heads(page)).to_have_text(AT_FIRST)
    sign_in(Role.ADMINISTRATOR)
    page.goto("/workspace/northwind/access-tokens")
    expect(heads(page)).to_have_text(AT_FIRST)


def test_reset_restores_the_default_columns(tokens_page):
    page = tokens_page()
    open_columns(page)
    switch(page, "Scope").uncheck()
    expect(heads(page)).to_have_count(6)
    switch(page, "Token ID").check()
    expect(heads(page)).to_have_text(["Label", "Token", "Created", "Expires", "Token ID", "Status", "Actions"])
    page.get_by_role("button", name="Reset").click()
    expect(heads(page)).to_have_text(AT_FIRST)
    page.reload()
    expect(heads(page)).to_have_text(AT_FIRST)


def test_reset_updates_the_switches(tokens_page):
    page = tokens_page()
    open_columns(page)
    switch(page, "Scope").uncheck()
    expect(heads(page)).to_have_count(6)
    switch(page, "Token ID").check()
    expect(heads(page)).to_contain_text(["Token ID"])
    page.get_by_role("button", name="Reset").click()
    expect(heads(page)).to_have_text(AT_FIRST)
    if not page.locator("#columns").is_visible():
        open_columns(page)
    expect(switch(page, "Scope")).to_be_checked()
    expect(switch(page, "Token ID")).not_to_be_checked()


def test_status_is_shown_when_all_switches_are_off(tokens_page):
    page = tokens_page()
    open_columns(page)
    for number, name in enumerate(OFFERED[:6], start=1):
        switch(page, name).uncheck()
        expect(heads(page)).to_have_count(7 - number)
    expect(heads(page)).to_have_text(["Status"])
    page.reload()
    expect(heads(page)).to_have_text(["Status"])
    open_columns(page)
    switch(page, "Label").check()
    expect(heads(page)).to_have_text(["Label", "Status"])


def test_switch_keeps_the_search(tokens_page, make):
    make("Something else")
    page = tokens_page(query="?q=runner")
    open_columns(page)
    switch(page, "Created").uncheck()
    expect(heads(page)).to_have_count(6)
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.url.endswith("?q=runner")
