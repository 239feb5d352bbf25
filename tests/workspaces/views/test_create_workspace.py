"""Making a workspace of one's own."""

import pytest
from django.contrib.messages import get_messages

from tests.access_tokens.views.console_client import HTMX, sign_in
from tests.factories import UserFactory
from workspaces.models import Event, UsedSlug, Workspace
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
NEW, SLUG = "/workspaces/new", "/workspaces/slug"


@pytest.fixture
def ada():
    return UserFactory(email="ada@acme.example")


@pytest.fixture
def browser(ada):
    return sign_in(ada)


def field(response):
    """What the field of the slug holds, and what is said of it."""
    context = response.context
    return context["slug"], context.get("free", ""), context.get("refusal", "")


def test_a_workspace_is_made_and_opened_by_its_owner(browser, ada):
    response = browser.post(NEW, {"name": " Acme ", "slug": "acme"})
    assert response.url == "/workspace/acme"
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Created Acme. You are its Owner."]
    assert Workspace.objects.get().name == "Acme"
    assert ada.memberships.get().role == Role.OWNER
    assert set(Event.objects.values_list("event_type", "actor_name")) == {
        ("workspace.created", ada.email),
        ("member.added", ada.email),
    }
    assert browser.get("/workspace/acme/access-tokens").status_code == 200


def test_htmx_is_led_there_by_the_browser(browser):
    response = browser.post(NEW, {"name": "Acme", "slug": "acme"}, headers=HTMX)
    assert response.headers["HX-Redirect"] == "/workspace/acme"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_form_is_a_page_of_its_own_and_a_partial_for_htmx(browser, headers):
    response = browser.get(NEW, headers=headers)
    assert '<dialog class="dlg' in response.text
    assert ("<html" in response.text) == (not headers)


def test_a_slug_that_is_left_empty_is_made_from_the_name(browser):
    browser.post(NEW, {"name": "Café Nord & Co.", "slug": ""})
    assert Workspace.objects.get().slug == "cafe-nord-co"


def test_a_slug_that_was_proposed_for_half_of_the_name_is_made_from_the_whole(browser):
    browser.post(NEW, {"name": "Acme Rockets", "slug": "acme-ro", "proposed": "acme-ro", "proposed_for": "Acme Ro"})
    assert Workspace.objects.get().slug == "acme-rockets"


def test_a_slug_that_was_proposed_for_the_name_is_not_changed_unseen(browser):
    UsedSlug.objects.create(slug="acme")
    response = browser.post(NEW, {"name": "Acme", "slug": "acme", "proposed": "acme", "proposed_for": "Acme"})
    assert response.status_code == 422
    assert "is or was in use" in response.text


def test_a_slug_that_was_chosen_stays(browser):
    browser.post(NEW, {"name": "Acme", "slug": "rockets", "proposed": "acme", "proposed_for": "Acm"})
    assert Workspace.objects.get().slug == "rockets"


@pytest.mark.parametrize(
    ("name", "slug", "said"),
    [
        ("", "acme", "Enter a name"),
        ("Acme", "api", "“api” is reserved"),
        ("Acme", "Ac me", "lowercase letters, digits and hyphens"),
        ("Acme", "used", "is or was in use"),
        ("日本", "", "lowercase letters, digits and hyphens"),
        ("Acme", "x" * 51, "Use 1 to 50"),
        ("Acme", "a\0b", "Null characters"),
        ("x" * 101, "acme", "Use at most 100"),
    ],
)
def test_what_can_not_be_comes_back_with_the_reason_and_what_was_typed(browser, name, slug, said):
    UsedSlug.objects.create(slug="used")
    response = browser.post(NEW, {"name": name, "slug": slug})
    assert response.status_code == 422
    assert said in response.text
    assert 'aria-invalid="true"' in response.text
    if name == "Acme" and "\0" not in slug:
        assert 'value="Acme"' in response.text
        assert f'value="{slug}"' in response.text
    assert not Workspace.objects.exists()


# While typing


def test_a_slug_is_proposed_for_the_name(browser):
    assert field(browser.get(SLUG, {"name": "Acme Rockets"})) == ("acme-rockets", "acme-rockets", "")


def test_it_follows_the_name_until_somebody_types_another(browser):
    following = {"name": "Acme R", "slug": "acme", "proposed": "acme", "proposed_for": "Acme"}
    assert field(browser.get(SLUG, following))[0] == "acme-r"
    assert field(browser.get(SLUG, {**following, "slug": "mine"}))[0] == "mine"


@pytest.mark.parametrize("used", [{"acme"}, {"acme", "acme-2", "acme-3"}])
def test_what_is_in_use_or_was_is_not_proposed(browser, used):
    UsedSlug.objects.bulk_create(UsedSlug(slug=slug) for slug in used)
    assert field(browser.get(SLUG, {"name": "Acme"}))[0] == f"acme-{len(used) + 1}"


def test_a_reserved_word_is_not_proposed(browser):
    assert field(browser.get(SLUG, {"name": "API"}))[0] == "api-2"


@pytest.mark.parametrize("name", ["", "日本", "!!!", "a\0b" * 3, "_", "x" * 3000, "long word " * 9, "-" * 60, "a" * 50])
def test_whatever_is_proposed_may_be(browser, name):
    UsedSlug.objects.create(slug="a" * 50)
    slug, free, refusal = field(browser.get(SLUG, {"name": name}))
    assert slug == free
    assert not refusal


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("api", "The slug “api” is reserved. Choose another one."),
        ("used", "The slug “used” is or was in use. Choose another one."),
        ("-x", "Use 1 to 50 lowercase letters, digits and hyphens, without a hyphen at either end."),
    ],
)
def test_a_slug_that_can_not_be_is_told_while_typing(browser, slug, said):
    UsedSlug.objects.create(slug="used")
    response = browser.get(SLUG, {"name": "Acme", "slug": slug})
    assert field(response) == (slug, "", said)
    assert said in response.text


def test_a_slug_that_may_be_is_told_too(browser):
    assert "“mine” is available." in browser.get(SLUG, {"name": "Acme", "slug": "mine"}).text


# Permissions


def test_where_operators_make_workspaces_nobody_else_does(browser, settings):
    settings.ALLOW_WORKSPACE_CREATION = False
    for response in (browser.get(NEW), browser.get(SLUG), browser.post(NEW, {"name": "Acme", "slug": "acme"})):
        assert response.status_code == 403
        assert "Only operators can create workspaces" in response.text
    assert not Workspace.objects.exists()


@pytest.mark.parametrize("url", [NEW, SLUG])
def test_it_needs_a_sign_in(client, url):
    assert client.get(url).url.startswith("/accounts/login")
