import shlex
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from access_tokens.models import AccessToken
from tests.browser.conftest import both_widths_in_full_run
from tests.browser.pages import dialog, labels, row, toast
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

MEANINGS = {
    "Viewer": "Read-only access",
    "Team Member": "Standard read and write access",
    "Workspace Manager": "Extended permissions for workspace management",
    "Administrator": "Full access to most endpoints",
    "Owner": "Complete access to all endpoints",
}


def open_form(page):
    page.get_by_role("link", name="New token").first.click()
    form = page.get_by_role("dialog", name="New token")
    expect(form).to_be_visible()
    return form


def create(page, label="Nightly backup", expires="Never"):
    form = open_form(page)
    form.get_by_label("Label").fill(label)
    form.get_by_label("Expires").select_option(label=expires)
    form.get_by_role("button", name="Create token").click()
    shown = page.get_by_role("dialog", name="Your new token")
    expect(shown).to_be_visible()
    return shown, shown.get_by_label("Token", exact=True).input_value()


@both_widths_in_full_run
def test_each_scope_has_a_description(tokens_page):
    form = open_form(tokens_page())
    choices = form.locator(".choice").all_inner_texts()
    assert [tuple(filter(None, text.split("\n"))) for text in choices] == list(MEANINGS.items())
    expect(form.get_by_label("Label")).to_be_focused()


def test_only_scopes_up_to_the_members_role_are_offered(tokens_page):
    form = open_form(tokens_page(Role.WORKSPACE_MANAGER))
    expect(form.get_by_role("radio")).to_have_count(3)
    expect(form.get_by_text("Administrator")).to_have_count(0)


def test_presets_show_their_date(tokens_page):
    form = open_form(tokens_page())
    options = form.get_by_label("Expires").locator("option").all_inner_texts()
    today = datetime.now(UTC)
    assert options[0] == f"1 week ({today + timedelta(weeks=1):%Y-%m-%d})"
    assert [words.split(" (")[0] for words in options] == [
        "1 week",
        "1 month",
        "6 months",
        "1 year",
        "Custom date",
        "Never",
    ]
    assert all(words.endswith(")") for words in options[:4])


def test_never_shows_a_warning(tokens_page):
    form = open_form(tokens_page())
    expect(form.get_by_role("note")).to_be_hidden()
    form.get_by_label("Expires").select_option(label="Never")
    expect(form.get_by_role("note")).to_contain_text("never expires")


@both_widths_in_full_run
def test_custom_date_is_the_end_of_that_day_in_utc(tokens_page):
    page = tokens_page()
    form = open_form(page)
    form.get_by_label("Label").fill("Until new year")
    expect(form.get_by_label("Date", exact=True)).to_be_hidden()
    form.get_by_label("Expires").select_option(label="Custom date")
    expect(form.get_by_text("23:59:59 UTC")).to_be_visible()
    form.get_by_label("Date", exact=True).fill("2031-12-31")
    form.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("dialog", name="Your new token")).to_be_visible()
    assert AccessToken.objects.get().expires_at == datetime(2031, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_invalid_form_keeps_the_values_and_shows_the_error_next_to_the_field(tokens_page):
    page = tokens_page()
    form = open_form(page)
    form.get_by_label("Label").fill("Too late")
    form.get_by_role("radio", name="Administrator").check()
    form.get_by_label("Expires").select_option(label="Custom date")
    form.get_by_label("Date", exact=True).fill("2020-01-01")
    form.get_by_role("button", name="Create token").click()
    expect(form.get_by_text("This expiry is in the past")).to_be_visible()
    expect(form.get_by_label("Label")).to_have_value("Too late")
    expect(form.get_by_role("radio", name="Administrator")).to_be_checked()
    expect(form.get_by_label("Date", exact=True)).to_have_value("2020-01-01")
    expect(form.get_by_label("Date", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(dialog(page)).to_have_count(1)
    assert not AccessToken.objects.exists()


def test_empty_label_shows_an_error(tokens_page):
    page = tokens_page()
    form = open_form(page)
    form.get_by_role("button", name="Create token").click()
    expect(form.get_by_text("Enter a label.")).to_be_visible()
    described = form.get_by_label("Label").get_attribute("aria-describedby") or ""
    assert form.get_by_text("Enter a label.").get_attribute("id") in described.split()


def test_label_of_another_token_shows_a_hint_and_is_accepted(tokens_page, make):
    make("Nightly backup")
    page = tokens_page()
    form = open_form(page)
    form.get_by_label("Label").fill("nightly BACKUP")
    form.get_by_label("Label").press("Tab")
    expect(form.get_by_text("Another token in this workspace has this label")).to_be_visible()
    form.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("dialog", name="Your new token")).to_be_visible()
    assert AccessToken.objects.count() == 2


@both_widths_in_full_run
def test_secret_is_shown_and_can_be_copied(tokens_page, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = tokens_page()
    shown, secret = create(page)
    assert len(secret) == 64
    assert secret.startswith(f"lkey_{AccessToken.objects.get().key_id}")
    shown.get_by_role("button", name="Copy", exact=True).click()
    expect(toast(page).filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    shown.get_by_role("button", name="Copy command").click()
    expect(toast(page).filter(has_text="Copied")).to_have_count(2)
    assert page.evaluate("navigator.clipboard.readText()") == shown.locator("#curl").inner_text()


BROKEN_CLIPBOARDS = {
    "refused": "navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
    "absent": "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })",
}


@pytest.mark.parametrize("how", BROKEN_CLIPBOARDS)
def test_text_is_selected_if_the_clipboard_is_not_available(tokens_page, context, how):
    context.add_init_script(BROKEN_CLIPBOARDS[how])
    page = tokens_page()
    shown, secret = create(page)
    shown.get_by_role("button", name="Copy", exact=True).click()
    expect(toast(page)).to_contain_text("copy it with the keyboard")
    field = shown.get_by_label("Token", exact=True)
    expect(field).to_be_focused()
    assert field.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)") == secret
    expect(page.get_by_text("Copied", exact=True)).to_have_count(0)
    shown.get_by_role("button", name="Copy command").click()
    expect(toast(page)).to_have_count(2)
    assert page.evaluate("getSelection().toString()").strip() == shown.locator("#curl").inner_text()


def test_curl_command_works(tokens_page):
    shown, secret = create(tokens_page())
    line = shown.locator("#curl").inner_text()
    words = shlex.split(line)
    assert words[0] == "curl"
    answer = subprocess.run([*words, "--silent"], capture_output=True, text=True, check=True, timeout=20).stdout
    assert '"workspace"' in answer
    assert AccessToken.objects.get().key_id in answer
    assert secret not in answer


def test_stored_button_returns_to_the_list_with_the_new_token(tokens_page):
    page = tokens_page()
    shown, _ = create(page, "Nightly backup", "1 week " + f"({datetime.now(UTC) + timedelta(weeks=1):%Y-%m-%d})")
    expect(row(page, "Nightly backup")).to_have_count(1)
    shown.get_by_role("link", name="I have stored it").click()
    expect(dialog(page)).to_have_count(0)
    expect(row(page, "Nightly backup")).to_contain_text("Active")
    assert page.url.endswith("/access-tokens")


def test_new_token_appears_in_the_filtered_list(tokens_page, make):
    make("Nightly one")
    make("Something else")
    page = tokens_page(query="?q=nightly&sort=label")
    shown, _ = create(page, "Nightly two")
    shown.get_by_role("link", name="I have stored it").click()
    expect(labels(page)).to_have_text(["Nightly one", "Nightly two"])
    assert page.url.endswith("?q=nightly&sort=label")


@both_widths_in_full_run
def test_browser_keeps_no_secret_after_the_dialog_is_closed(tokens_page, context):
    page = tokens_page()
    shown, secret = create(page)
    shown.get_by_role("link", name="I have stored it").click()
    expect(dialog(page)).to_have_count(0)
    for look in (lambda: None, page.reload, lambda: page.goto("/workspaces"), page.go_back):
        look()
        kept = page.evaluate("""() => JSON.stringify([
            location.href, document.title, history.state, { ...localStorage }, { ...sessionStorage },
            document.documentElement.outerHTML,
            [...document.querySelectorAll("input, textarea")].map((field) => field.value)])""")
        assert secret not in kept
    assert secret not in str(context.cookies())


def test_resubmitted_form_creates_no_second_token(tokens_page):
    page = tokens_page()
    form = open_form(page)
    form.get_by_label("Label").fill("Nightly backup")
    repeated = form.locator("form").evaluate("""async form => {
        const send = () => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        const first = await (await send()).text();
        return [first, await (await send()).text()];
    }""")
    assert "Your new token" in repeated[0]
    assert "Token already created" in repeated[1]
    assert AccessToken.objects.count() == 1
    secret = repeated[0].split('spellcheck="false">lkey_')[1][:59]
    assert secret not in repeated[1]


def test_double_click_creates_one_token(tokens_page):
    page = tokens_page()
    form = open_form(page)
    form.get_by_label("Label").fill("Nightly backup")
    form.get_by_role("button", name="Create token").dblclick()
    expect(page.get_by_role("dialog", name="Your new token")).to_be_visible()
    expect(row(page, "Nightly backup")).to_have_count(1)
    assert AccessToken.objects.count() == 1
