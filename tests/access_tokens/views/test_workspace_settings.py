"""Settings: what each role sees and may change, and the dialogs before lifetimes and deletion."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import PASSWORD, new_token
from tests.factories import make_token
from workspaces.models import Event, Workspace
from workspaces.permissions import Permission, Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
BOUNDED = {"max_lifetime_days": "30", "default_expiry": "1w"}


def now():
    return Workspace.objects.get(slug="acme")


@pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)
def test_every_member_sees_the_sections_that_are_for_them(as_member, role):
    page = as_member(role).get("settings").text
    assert 'id="leave"' in page
    assert ('action="/workspace/acme/settings/name"' in page) == (role >= Role.WORKSPACE_MANAGER)
    for section in ("save-roles", "save-copy-policy", "save-rate-limit", "save-lifetimes", "delete-workspace"):
        assert (f'id="{section}"' in page) == (role == Role.OWNER)
    for permission in Permission:
        assert permission.description in page
    assert '<code id="slug">acme</code>' in page


def test_a_name_is_saved_and_one_that_can_not_be_comes_back(as_member):
    manager = as_member(Role.WORKSPACE_MANAGER)
    refused = manager.post("rename_workspace", data={"name": "  "})
    assert refused.status_code == 422
    assert "Enter a name of 1 to 100 characters." in refused.text
    assert manager.post("rename_workspace", data={"name": "Globex"}).url == manager.url("settings")
    assert now().name == "Globex"
    assert Event.objects.get().changes == {"name": ["Acme", "Globex"]}


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "without"])
def test_before_lifetimes_are_tightened_it_shows_which_tokens_live_longer(owner, token, htmx):
    make_token(owner.workspace, label="Short", expires_at=timezone.now() + timedelta(days=1))
    asked = owner.post("expiry_policy", data=BOUNDED, htmx=htmx)
    assert asked.status_code == 200
    assert "1 token of Acme lives longer" in asked.text
    assert token.label in asked.text
    assert "never expires, never used" in asked.text
    assert "Short" not in asked.text
    assert now().max_lifetime_days is None
    assert not Event.objects.exists()


@pytest.mark.parametrize(("chosen", "is_cut"), [("keep", False), ("cap", True)])
def test_they_live_on_or_are_cut_as_the_owner_says(owner, token, chosen, is_cut):
    owner.post("expiry_policy", data={**BOUNDED, "seen": "1", "existing_tokens": chosen})
    token.refresh_from_db()
    assert bool(token.expires_at) == is_cut
    assert (now().max_lifetime_days, now().non_expiring_allowed, now().default_expiry) == (30, False, "1w")
    said = owner.get("settings").text
    assert ("1 token was cut" in said) == is_cut
    assert ("1 token lives longer than is allowed now" in said) != is_cut


def test_if_more_tokens_live_longer_by_now_it_asks_again(owner, token):
    make_token(owner.workspace)
    asked = owner.post("expiry_policy", data={**BOUNDED, "seen": "1", "existing_tokens": "cap"})
    assert "2 tokens of Acme live longer" in asked.text
    assert not AccessToken.objects.exclude(expires_at=None).exists()


@pytest.mark.parametrize("seen", ["", "-1", "x", "9" * 5000, "²"])
def test_a_count_that_is_none_is_as_if_nothing_was_seen(owner, token, seen):
    asked = owner.post("expiry_policy", data={**BOUNDED, "seen": seen, "existing_tokens": "cap"})
    assert "1 token of Acme lives longer" in asked.text


def test_where_none_lives_longer_it_is_saved_at_once(owner):
    assert owner.post("expiry_policy", data=BOUNDED).url == owner.url("settings")
    assert now().max_lifetime_days == 30


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"max_lifetime_days": "0", "default_expiry": "1m"}, "Choose from 1 to 3650 days, or none."),
        ({"max_lifetime_days": "1.5", "default_expiry": "1m"}, "Enter a whole number of days, or nothing."),
        ({"max_lifetime_days": "30", "default_expiry": "never"}, "“never” can&#x27;t be the default"),
        ({"default_expiry": "never"}, "“never” can&#x27;t be the default"),
        ({"default_expiry": "2y"}, "Choose one of the expiries on offer."),
    ],
)
def test_what_can_not_be_comes_back_as_it_was_filled_in(owner, token, sent, words):
    refused = owner.post("expiry_policy", data=sent)
    assert refused.status_code == 422
    assert words in refused.text
    assert not Event.objects.exists()


def test_the_form_of_a_new_token_offers_what_is_allowed(owner):
    Workspace.objects.update(max_lifetime_days=20, non_expiring_allowed=False, default_expiry="6m")
    form = owner.get("create").context["form"]
    assert [value for value, _ in form.fields["expires"].choices] == ["1w", "custom"]
    last = f"{timezone.now() + timedelta(days=20):%Y-%m-%d}"
    assert (form["expires"].value(), form["custom_date"].value()) == ("custom", last)
    too_far = f"{timezone.now() + timedelta(days=21):%Y-%m-%d}"
    refused = owner.post("create", data=new_token(expires="custom", custom_date=too_far))
    assert refused.status_code == 422
    assert "In this workspace that expiry is too far off. Choose one within 20 days" in refused.text
    assert owner.post("create", data=new_token(expires="never")).status_code == 422
    assert owner.post("create", data=new_token(expires="custom", custom_date=last)).status_code == 200
    assert f"{AccessToken.objects.get().expires_at:%Y-%m-%d %H:%M:%S}" == f"{last} 23:59:59"


def test_a_longer_lived_token_is_edited_without_touching_its_expiry(owner, token):
    Workspace.objects.update(max_lifetime_days=20, non_expiring_allowed=False)
    assert "Keep: never" in owner.get("edit", token).text
    assert owner.post("edit", token, new_token(label="New", expires="keep")).status_code == 302
    token.refresh_from_db()
    assert (token.label, token.expires_at) == ("New", None)


def delete(person, **sent):
    return person.post("delete_workspace", data={"name": "Acme", **sent})


def test_deletion_asks_for_the_name_and_says_what_follows(owner, token):
    assert "1 active token is refused" in owner.get("delete_workspace").text
    refused = delete(owner, name="acme")
    assert refused.status_code == 422
    assert "Type the name as it stands: Acme" in refused.text
    assert now().deleted_at is None


def test_deletion_asks_for_a_password_that_is_fresh(as_member):
    owner = as_member(Role.OWNER, minutes_ago=16)
    for sent in ({}, {"password": "wrong"}):
        refused = delete(owner, **sent)
        assert refused.status_code == 422
        assert 'value="Acme"' in refused.text, "What was typed stays."
        assert "a workspace is about to be deleted" in refused.text
        assert now().deleted_at is None
    assert delete(owner, password=PASSWORD).url == "/workspaces"
    assert now().deleted_at
    assert PASSWORD not in str(Event.objects.values())


def test_a_deleted_workspace_is_gone_for_everybody_but_its_owners_who_bring_it_back(owner, as_member, token):
    admin = as_member(Role.ADMINISTRATOR)
    delete(owner)
    for page in ("list", "settings", "workspaces:members", "delete_workspace"):
        assert admin.get(page).status_code == 404
        shut = owner.get(page)
        assert shut.status_code == 410
        assert f"{now().purge_at:%Y-%m-%d}" in shut.text
        assert owner.get(page, headers={"HX-Request": "true"}).status_code == 404
    assert owner.post("disable", token).status_code == 404
    assert "Acme" not in admin.client.get("/workspaces").text
    assert admin.post("workspaces:restore").status_code == 404
    listed = owner.client.get("/workspaces").text
    assert "Bring it back" in listed
    assert 'href="/workspace/acme"' not in listed
    assert owner.post("workspaces:restore").url == "/workspace/acme"
    assert admin.get("list").status_code == 200
    assert owner.post("workspaces:restore").status_code == 302, "Once more does no harm."


def test_once_its_time_is_over_not_even_its_owners_see_it(owner):
    Workspace.objects.update(deleted_at=timezone.now() - timedelta(days=7))
    assert owner.get("list").status_code == 404
    assert owner.post("workspaces:restore").status_code == 404
    assert "Acme" not in owner.client.get("/workspaces").text
    assert now().deleted_at
