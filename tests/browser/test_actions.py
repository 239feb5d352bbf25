"""Edit, disable, enable and delete, from a row."""

import pytest
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import expect

from access_tokens.models import AccessToken
from tests.browser.conftest import both_widths
from tests.browser.fixtures import DAY
from tests.browser.pages import dialog, is_marked, labels, mark, row, toast
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database


def press(page, action, label="CI runner"):
    page.get_by_label(f"{action} {label}", exact=True).click()


@pytest.fixture
def family(make):
    """A token, its child token, and a child token of that one."""
    parent, child, grandchild = (make(label).token for label in ("Parent", "Child", "Grandchild"))
    AccessToken.objects.filter(pk=child.pk).update(parent=parent)
    AccessToken.objects.filter(pk=grandchild.pk).update(parent=child)
    return parent, child, grandchild


@both_widths
def test_disabling_updates_only_that_row_and_shows_a_toast(tokens_page, make):
    make("CI runner")
    make("Bystander")
    page = tokens_page(Role.ADMINISTRATOR)
    mark(page)
    row(page, "Bystander").evaluate("row => { row.untouched = true }")
    press(page, "Disable")
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Disabled")
    expect(toast(page)).to_contain_text("CI runner was disabled.")
    assert row(page, "Bystander").evaluate("row => row.untouched === true")
    assert is_marked(page)
    expect(page.get_by_label("Enable CI runner", exact=True)).to_be_focused()
    assert AccessToken.objects.get(label="CI runner").is_disabled
    press(page, "Enable")
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Active")
    assert not AccessToken.objects.get(label="CI runner").is_disabled


@both_widths
def test_undo_enables_a_disabled_token(tokens_page, make):
    make("CI runner")
    page = tokens_page(Role.ADMINISTRATOR)
    press(page, "Disable")
    toast(page).get_by_role("button", name="Undo").click()
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Active")
    expect(toast(page).filter(has_text="CI runner was enabled.")).to_be_visible()
    assert not AccessToken.objects.get().is_disabled


def test_undo_is_not_offered_to_members_who_can_not_enable_the_token(tokens_page, make):
    make("CI runner", Role.OWNER)
    page = tokens_page(Role.ADMINISTRATOR)
    press(page, "Disable")
    expect(toast(page)).to_contain_text("CI runner was disabled.")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    expect(page.get_by_label("Enable CI runner", exact=True)).to_have_count(0)


def test_updated_row_has_the_chosen_columns(tokens_page, make, northwind):
    make("CI runner")
    northwind.memberships.update(table_columns={"access-tokens": ["label", "actions", "last_used_at"]})
    page = tokens_page()
    press(page, "Disable")
    expect(row(page, "CI runner").locator(".badge")).to_have_text("Disabled")
    expect(row(page, "CI runner").get_by_role("cell")).to_have_count(4)


@both_widths
def test_edit_updates_label_scope_and_expiry_in_the_row(tokens_page, make):
    make("CI runner", ends=-DAY)
    page = tokens_page()
    mark(page)
    press(page, "Edit")
    form = page.get_by_role("dialog", name="Edit token")
    expect(form.get_by_label("Label")).to_have_value("CI runner")
    expect(form.get_by_role("radio", name="Viewer")).to_be_checked()
    form.get_by_label("Label").fill("Deploy")
    form.get_by_role("radio", name="Administrator").check()
    form.get_by_label("Expires").select_option("1y")
    form.get_by_role("button", name="Save changes").click()
    expect(toast(page)).to_contain_text("Deploy was updated.")
    expect(dialog(page)).to_have_count(0)
    expect(row(page, "Deploy")).to_contain_text("Administrator")
    expect(row(page, "Deploy").locator(".badge")).to_have_text("Active")
    assert is_marked(page)


def test_invalid_edit_keeps_the_row_and_the_form_open(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    press(page, "Edit")
    form = page.get_by_role("dialog", name="Edit token")
    form.get_by_label("Label").fill("   ")
    form.get_by_role("button", name="Save changes").click()
    expect(form.locator(".err")).to_be_visible()
    expect(row(page, "CI runner")).to_have_count(1)
    form.get_by_label("Label").fill("Deploy")
    form.get_by_role("button", name="Save changes").click()
    expect(row(page, "Deploy")).to_have_count(1)
    expect(dialog(page)).to_have_count(0)


@both_widths
def test_delete_dialog_shows_the_token_its_creator_and_its_last_use(tokens_page, make):
    used = timezone.now() - 3 * DAY
    token = make("CI runner", last_used_at=used).token
    page = tokens_page()
    press(page, "Delete")
    asked = page.get_by_role("dialog", name="Delete this token?")
    for words in ("CI runner", token.masked, "Northwind Owner", str(naturaltime(used))):
        expect(asked).to_contain_text(words)
    asked.get_by_role("link", name="Cancel").click()
    expect(dialog(page)).to_have_count(0)
    assert AccessToken.objects.exists()
    press(page, "Delete")
    asked.get_by_role("button", name="Delete token").click()
    expect(toast(page)).to_contain_text("CI runner was deleted.")
    expect(row(page, "CI runner")).to_have_count(0)
    expect(page.get_by_role("heading", name="No tokens yet")).to_be_visible()
    assert not AccessToken.objects.exists()


def test_delete_dialog_says_that_a_token_was_never_used(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    press(page, "Delete")
    expect(dialog(page)).to_contain_text("Never used")


def test_delete_keeps_search_and_sort(tokens_page, make):
    make("Nightly one")
    make("Nightly two")
    make("Else")
    page = tokens_page(query="?q=nightly&sort=label")
    press(page, "Delete", "Nightly one")
    page.get_by_role("button", name="Delete token").click()
    expect(labels(page)).to_have_text(["Nightly two"])
    assert page.url.endswith("?q=nightly&sort=label")


@both_widths
def test_disabling_a_token_offers_to_disable_its_child_tokens(tokens_page, family):
    page = tokens_page()
    press(page, "Disable", "Parent")
    offer = page.get_by_role("dialog", name="Disable child tokens too?")
    for label in ("Child", "Grandchild"):
        expect(offer).to_contain_text(label)
    offer.get_by_role("button", name="Disable child tokens").click()
    expect(toast(page).filter(has_text="2 tokens created by Parent disabled.")).to_be_visible()
    for label in ("Parent", "Child", "Grandchild"):
        expect(row(page, label).locator(".badge")).to_have_text("Disabled")
    assert all(token.is_disabled for token in AccessToken.objects.all())


def test_child_tokens_can_be_kept_enabled(tokens_page, family):
    page = tokens_page()
    press(page, "Disable", "Parent")
    dialog(page).get_by_role("link", name="Keep enabled").click()
    expect(dialog(page)).to_have_count(0)
    expect(row(page, "Child").locator(".badge")).to_have_text("Active")
    expect(row(page, "Parent").locator(".badge")).to_have_text("Disabled")


@pytest.mark.parametrize(("with_them", "left"), [(True, []), (False, ["Child", "Grandchild"])])
def test_child_tokens_are_deleted_only_if_selected(tokens_page, family, with_them, left):
    page = tokens_page()
    press(page, "Delete", "Parent")
    box = dialog(page).get_by_role("checkbox", name="Also delete 2 child tokens")
    expect(box).not_to_be_checked()
    box.set_checked(with_them)
    dialog(page).get_by_role("button", name="Delete token").click()
    expect(row(page, "Parent")).to_have_count(0)
    assert sorted(AccessToken.objects.values_list("label", flat=True)) == left


def test_action_on_a_deleted_token_shows_a_toast_and_updates_the_list(tokens_page, make):
    make("CI runner")
    make("Other")
    page = tokens_page()
    AccessToken.objects.filter(label="CI runner").delete()
    press(page, "Disable")
    expect(toast(page)).to_contain_text("This page doesn't exist, or you don't have access to it")
    expect(row(page, "CI runner")).to_have_count(0)
    expect(row(page, "Other")).to_have_count(1)


def test_dialog_of_a_deleted_token_closes_when_it_is_submitted(tokens_page, make):
    make("CI runner")
    make("Other")
    page = tokens_page()
    press(page, "Edit")
    form = page.get_by_role("dialog", name="Edit token")
    expect(form).to_be_visible()
    AccessToken.objects.filter(label="CI runner").delete()
    form.get_by_role("button", name="Save changes").click()
    expect(dialog(page)).to_have_count(0)
    expect(toast(page)).to_contain_text("This page doesn't exist, or you don't have access to it")
    expect(row(page, "CI runner")).to_have_count(0)


def test_conflicting_edit_is_shown_before_it_is_saved(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    press(page, "Edit")
    form = page.get_by_role("dialog", name="Edit token")
    expect(form.get_by_label("Label")).to_have_value("CI runner")
    AccessToken.objects.update(label="Renamed by Bob", version=F("version") + 1)
    form.get_by_label("Label").fill("Deploy")
    form.get_by_role("button", name="Save changes").click()
    expect(form.get_by_role("alert")).to_contain_text(
        "Its label is now “Renamed by Bob”, its scope is Viewer, and it never expires."
    )
    expect(form.get_by_label("Label")).to_have_value("Deploy")
    assert AccessToken.objects.get().label == "Renamed by Bob"
    form.get_by_role("button", name="Save changes").click()
    expect(row(page, "Deploy")).to_have_count(1)


def test_undo_works_when_the_row_is_no_longer_on_the_page(tokens_page, make):
    make("CI runner")
    make("Other")
    page = tokens_page()
    press(page, "Disable")
    page.get_by_role("searchbox").fill("Other")
    expect(row(page, "CI runner")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(toast(page)).to_contain_text("CI runner was enabled.")
    assert not AccessToken.objects.get(label="CI runner").is_disabled


@both_widths
def test_longest_label_fits_in_a_toast(tokens_page, make):
    make("x" * 100)
    page = tokens_page()
    press(page, "Disable", "x" * 100)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport(ratio=1)
    expect(toast(page)).to_be_in_viewport(ratio=1)
