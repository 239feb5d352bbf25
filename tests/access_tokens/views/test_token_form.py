"""Tests of the dialogs that create and edit a token."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, PASSWORD, new_token, page_text, toasts
from tests.factories import AccessTokenFactory, all_roles_except, expired, make_token
from workspaces.models import Event, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

SEEN = "/workspace/acme/access-tokens?q=runner&sort=label"


@pytest.mark.parametrize("view", ["create", "edit"])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_form_is_a_page_and_a_partial_for_htmx(owner, token, view, headers):
    response = owner.get(view, None if view == "create" else token, headers=headers)
    assert response.status_code == 200
    assert '<dialog class="dlg' in response.text
    assert ("<html" in response.text) == (headers == {})


def test_invalid_form_keeps_the_submitted_values(owner):
    response = owner.post("create", data=new_token(label=" ", scope=Role.OWNER.value, expires="custom"))
    assert response.status_code == 422
    assert "<html" in response.text
    assert response.context["form"]["scope"].value() == str(Role.OWNER.value)
    assert "Enter a label." in response.text
    assert "Choose the date on which the token expires." in response.text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"label": "x" * 101}, "Use at most 100"),
        ({"label": "a\u202eb"}, "invisible characters"),
        ({"label": "nul\0"}, "Null characters are not allowed"),
        ({"scope": "3"}, "Choose a scope from the list."),
        ({"scope": ""}, "Choose a scope."),
        ({"expires": "soon"}, "Choose an expiry from the list."),
        ({"expires": ""}, "Choose an expiry."),
        ({"expires": "custom", "custom_date": "31.12."}, "Enter a date as YYYY-MM-DD"),
        ({"expires": "custom", "custom_date": "2020-01-01"}, "past"),
        ({"expires": "custom", "custom_date": "9999-12-31"}, "before the year 9999"),
    ],
)
@pytest.mark.parametrize("view", ["create", "edit"])
def test_invalid_value_shows_an_error(owner, token, view, data, message):
    response = owner.post(view, None if view == "create" else token, new_token(**data))
    assert response.status_code == 422
    assert message in response.text
    assert AccessToken.objects.count() == 1


def test_created_token_is_shown_with_its_secret(owner):
    response = owner.post("create", data=new_token())
    token = AccessToken.objects.get()
    assert "Your new token" in response.text
    assert f"lkey_{token.key_id}" in response.text
    assert (token.label, token.scope, token.creator) == ("Nightly backup", Role.VIEWER, owner.user)


def test_resubmitted_form_creates_no_second_token(owner):
    form = new_token(form_id=str(uuid.uuid4()))
    owner.post("create", data=form)
    again = owner.post("create", data=form)
    assert "Token already created" in again.text
    assert "No second token was created." in page_text(again)
    assert AccessToken.objects.count() == 1


def test_resubmitted_form_of_a_deleted_token_creates_no_token(owner):
    form = new_token(form_id=str(uuid.uuid4()))
    owner.post("create", data=form)
    AccessToken.objects.get().delete()
    assert "has been deleted since" in page_text(owner.post("create", data=form))
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("password", ["", "hunter2"])
def test_token_is_not_created_without_a_recent_password(as_member, password):
    person = as_member(minutes_ago=16)
    response = person.post("create", data=new_token(password=password))
    assert response.status_code == 422
    assert password not in response.text or not password
    assert not AccessToken.objects.exists()
    assert not Event.objects.exists()
    assert person.post("create", data=new_token(password=PASSWORD)).status_code == 200
    assert person.post("create", data=new_token()).status_code == 200, "The password is valid for 15 minutes."


def test_scope_above_the_members_role_is_rejected(as_member):
    response = as_member(Role.WORKSPACE_MANAGER).post("create", data=new_token(scope=Role.OWNER.value))
    assert response.status_code == 422
    assert "Choose a scope from the list." in response.text
    assert not AccessToken.objects.exists()


def test_unavailable_scope_is_not_offered_but_can_be_kept(owner, acme):
    token = make_token(acme, Role.TEAM_MEMBER).row
    acme.available_roles = all_roles_except(Role.TEAM_MEMBER)
    acme.save()
    assert Role.TEAM_MEMBER not in owner.get("create").context["form"].scopes
    assert owner.post("create", data=new_token(scope=Role.TEAM_MEMBER.value)).status_code == 422
    assert owner.post("edit", token, new_token(scope=Role.TEAM_MEMBER.value)).status_code == 302


def test_form_offers_only_expiries_within_the_policy(owner):
    Workspace.objects.update(max_lifetime_days=20, non_expiring_allowed=False, default_expiry="6m")
    form = owner.get("create").context["form"]
    assert [value for value, _ in form.fields["expires"].choices] == ["1w", "custom"]
    latest = f"{timezone.now() + timedelta(days=20):%Y-%m-%d}"
    assert (form["expires"].value(), form["custom_date"].value()) == ("custom", latest)
    too_late = f"{timezone.now() + timedelta(days=21):%Y-%m-%d}"
    rejected = owner.post("create", data=new_token(expires="custom", custom_date=too_late))
    assert rejected.status_code == 422
    assert "within 20 days" in rejected.text
    assert owner.post("create", data=new_token(expires="never")).status_code == 422
    assert owner.post("create", data=new_token(expires="custom", custom_date=latest)).status_code == 200
    assert f"{AccessToken.objects.get().expires_at:%Y-%m-%d %H:%M:%S}" == f"{latest} 23:59:59"


def test_label_hint_says_if_another_token_has_the_label(owner, acme, token):
    AccessTokenFactory(workspace=acme, label="Deploy")
    for query, is_used in (
        ({"label": "ci RUNNER "}, True),
        ({"label": "CI runner", "except": token.key_id}, False),
        ({"label": "Deploy", "except": token.key_id}, True),
        ({"label": "a\0b"}, False),
    ):
        hint = page_text(owner.get("check_label", query=query, headers=HTMX))
        assert hint.startswith("Another token in this workspace has this label.") == is_used


def test_edit_redirects_to_the_list(owner, token):
    response = owner.post("edit", token, new_token(label="Deploy", expires="never"), from_page=owner.url("edit", token))
    assert response.url == owner.url("list")
    assert toasts(response) == ["Deploy was updated."]
    token.refresh_from_db()
    assert (token.label, token.expires_at) == ("Deploy", None)


def test_edit_redirects_to_the_list_as_it_was_seen(owner, token):
    data = {**new_token(expires="keep"), "back": SEEN}
    assert owner.post("edit", token, data).url == SEEN
    assert owner.post("edit", token, {**data, "back": "https://elsewhere.example/?q=x"}).url == owner.url("list")


def test_conflicting_edit_is_shown_again_and_can_be_saved(owner, token):
    data = new_token(label="Deploy", expires="keep", version=token.version)
    AccessToken.objects.update(label="Renamed by Bob", version=token.version + 1)
    rejected = owner.post("edit", token, data)
    assert rejected.status_code == 409
    assert "Its label is now “Renamed by Bob”, its scope is Viewer, and it never expires." in page_text(rejected)
    assert 'value="Deploy"' in rejected.text
    assert AccessToken.objects.get().label == "Renamed by Bob"
    again = owner.post("edit", token, {**data, "version": rejected.context["form"]["version"].value()})
    assert again.status_code == 302
    assert AccessToken.objects.get().label == "Deploy"


def test_edit_keeps_a_past_expiry(owner, acme):
    token = make_token(acme, **expired()).row
    assert owner.post("edit", token, new_token(label="Still expired", expires="keep")).status_code == 302
    token.refresh_from_db()
    assert token.label == "Still expired"
    assert not token.is_active


def test_edit_keeps_an_expiry_that_exceeds_the_policy(owner, token):
    Workspace.objects.update(max_lifetime_days=20, non_expiring_allowed=False)
    assert "No change (Never)" in owner.get("edit", token).text
    assert owner.post("edit", token, new_token(label="New", expires="keep")).status_code == 302
    token.refresh_from_db()
    assert (token.label, token.expires_at) == ("New", None)
