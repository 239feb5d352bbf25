"""Every form works without htmx: it answers with a page, or leads back to where the person was."""

import uuid

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, new_token
from tests.factories import AccessTokenFactory, MembershipFactory, all_roles_except, expired, make_token
from workspaces.models import CopyPolicy, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

SEEN = "/workspace/acme/access-tokens?q=runner&sort=label"


def words(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize("view", ["enable", "disable"])
def test_a_changed_row_leads_back_to_the_view_that_was_there(owner, token, view):
    response = owner.post(view, token, from_page=SEEN)
    assert (response.status_code, response.url) == (302, SEEN)
    assert words(response) == [f"CI runner is {view}d."]


def test_a_foreign_referer_leads_to_the_list(owner, token):
    response = owner.post("disable", token, headers={"Referer": "https://evil.example/workspace/acme/access"})
    assert response.url == "/workspace/acme/access-tokens"


def test_disabling_a_token_that_made_others_leads_to_the_offer(owner, acme, token):
    child = AccessTokenFactory(workspace=acme, parent=token, label="Child")
    response = owner.post("disable", token)
    assert response.url == owner.url("disable_child_tokens", token)
    assert "Child" in owner.client.get(response.url).text
    owner.post("disable_child_tokens", token)
    child.refresh_from_db()
    assert child.is_disabled


def test_where_nothing_is_offered_the_offer_leads_back_to_the_list(owner, token):
    owner.post("disable", token)
    assert owner.get("disable_child_tokens", token).url == owner.url("list")


@pytest.mark.parametrize("view", ["create", "edit", "delete", "disable_child_tokens"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_dialog_is_a_page_of_its_own_and_a_partial_for_htmx(owner, acme, token, view, headers):
    if view == "disable_child_tokens":
        AccessTokenFactory(workspace=acme, parent=token)
        owner.post("disable", token)
    response = owner.get(view, None if view == "create" else token, headers=headers)
    assert response.status_code == 200
    assert '<dialog class="dlg' in response.text
    assert ("<html" in response.text) == (headers == {})


def test_a_refused_form_comes_back_with_what_was_typed(owner):
    response = owner.post("create", data=new_token(label=" ", scope=Role.OWNER.value, expires="custom"))
    assert response.status_code == 422
    assert "<html" in response.text
    assert f'value="{Role.OWNER.value}" checked' in response.text
    assert "Enter a label" in response.text
    assert "Choose the date on which the token expires." in response.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"label": "x" * 101}, "Use at most 100"),
        ({"label": "a\u202eb"}, "invisible characters"),
        ({"label": "nul\0"}, "Null characters are not allowed"),
        ({"scope": "3"}, "Choose one of the scopes on offer."),
        ({"scope": ""}, "This field is required."),
        ({"expires": "soon"}, "Choose one of the expiries on offer."),
        ({"expires": "custom", "custom_date": "31.12."}, "Enter a date as YYYY-MM-DD"),
        ({"expires": "custom", "custom_date": "2020-01-01"}, "The expiry lies in the past"),
        ({"expires": "custom", "custom_date": "9999-12-31"}, "before the year 9999"),
    ],
)
@pytest.mark.parametrize("view", ["create", "edit"])
def test_what_is_wrong_is_said(owner, token, view, typed, said):
    response = owner.post(view, None if view == "create" else token, new_token(**typed))
    assert response.status_code == 422
    assert said in response.text
    assert AccessToken.objects.count() == 1


def test_the_same_form_sent_again_makes_no_second_token(owner):
    form = new_token(form_id=str(uuid.uuid4()))
    assert "Your new token" in owner.post("create", data=form).text
    again = owner.post("create", data=form)
    assert "This token is made already" in again.text
    assert AccessToken.objects.count() == 1


def test_edit_leads_back_to_the_list(owner, token):
    response = owner.post("edit", token, new_token(label="Deploy", expires="never"), from_page=owner.url("edit", token))
    assert response.url == owner.url("list")
    token.refresh_from_db()
    assert (token.label, token.expires_at) == ("Deploy", None)


def test_an_edit_over_somebody_elses_comes_back_with_what_was_typed(owner, token):
    sent = new_token(label="Deploy", expires="keep", version=token.version)
    AccessToken.objects.update(label="Renamed by Bob", version=token.version + 1)
    refused = owner.post("edit", token, sent)
    assert refused.status_code == 409
    assert "it is now “Renamed by Bob”" in refused.text
    assert 'value="Deploy"' in refused.text
    assert AccessToken.objects.get().label == "Renamed by Bob"
    again = owner.post("edit", token, {**sent, "version": refused.context["form"]["version"].value()})
    assert again.status_code == 302
    assert AccessToken.objects.get().label == "Deploy"


def test_an_edit_comes_back_to_the_list_as_it_was_seen(owner, token):
    sent = {**new_token(expires="keep"), "back": SEEN}
    assert owner.post("edit", token, sent).url == SEEN
    assert owner.post("edit", token, {**sent, "back": "https://elsewhere.example/?q=x"}).url == owner.url("list")


def test_edit_keeps_a_past_expiry_if_told_to(owner, acme):
    over = make_token(acme, **expired()).row
    assert owner.post("edit", over, new_token(label="Still over", expires="keep")).status_code == 302
    over.refresh_from_db()
    assert over.label == "Still over"
    assert not over.is_active


def test_a_scope_that_is_off_is_not_offered_but_may_be_kept(owner, acme):
    kept = make_token(acme, Role.TEAM_MEMBER).row
    acme.available_roles = all_roles_except(Role.TEAM_MEMBER)
    acme.save()
    assert "Standard read and write access" not in owner.get("create").text
    assert owner.post("create", data=new_token(scope=Role.TEAM_MEMBER.value)).status_code == 422
    assert owner.post("edit", kept, new_token(scope=Role.TEAM_MEMBER.value)).status_code == 302


@pytest.mark.parametrize("with_them", [True, False])
def test_delete_takes_what_the_token_made_only_if_told_to(owner, acme, token, with_them):
    AccessTokenFactory(workspace=acme, parent=token, label="Child")
    response = owner.post("delete", token, {"with_descendants": "1"} if with_them else {})
    assert response.url == owner.url("list")
    assert AccessToken.objects.count() == (0 if with_them else 1)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"chosen": "1", "columns": ["label", "id"]}, {"label", "id"}),
        ({"chosen": "1"}, set()),
        ({"chosen": "1", "columns": ["label", "status", "digest"]}, {"label"}),
    ],
)
def test_columns_are_kept(owner, token, sent, shown):
    response = owner.post("columns", data=sent, from_page=SEEN)
    assert response.url == SEEN
    hidden = {
        "label",
        "key_id",
        "scope",
        "created_at",
        "expires_at",
        "actions",
        "id",
        "created_by",
        "last_used_at",
    } - shown
    table = owner.get("list").context["table"]
    assert set(table.columns.names()) == shown | {"status"}
    assert hidden.isdisjoint(table.columns.names())


@pytest.mark.parametrize("page", ["0", "-5", "x", "1.5", ""])
def test_a_page_before_the_first_is_the_first(owner, acme, page):
    AccessTokenFactory.create_batch(26, workspace=acme)
    assert owner.get("list", query={"page": page}).context["table"].page.number == 1


def test_a_page_after_the_last_is_the_last(owner, acme):
    AccessTokenFactory.create_batch(26, workspace=acme)
    assert owner.get("list", query={"page": "99"}).context["table"].page.number == 2


def test_reset_brings_the_first_columns_back(owner, token):
    owner.post("columns", data={"chosen": "1"})
    owner.post("columns", data={"reset": "1"})
    assert len(list(owner.get("list").context["table"].columns.names())) == 7


def test_roles_are_saved_after_a_confirmation_where_tokens_depend_on_them(owner, acme):
    make_token(acme, Role.TEAM_MEMBER)
    chosen = [role.api_name for role in Role if role != Role.TEAM_MEMBER]
    asked = owner.post("roles", data={"roles": chosen})
    assert "Switch off?" in asked.text
    assert Workspace.objects.get().is_role_available(Role.TEAM_MEMBER)
    assert owner.post("roles", data={"roles": chosen, "confirmed": "1"}).url == reverse(
        "access_tokens:settings", args=["acme"]
    )
    assert not Workspace.objects.get().is_role_available(Role.TEAM_MEMBER)


def test_roles_that_members_hold_are_refused_even_when_confirmed(owner, acme):
    MembershipFactory(workspace=acme, role=Role.VIEWER)
    response = owner.post("roles", data={"roles": ["owner"], "confirmed": "1"})
    assert "1 member has the role Viewer." in words(response)[0]
    assert Workspace.objects.get().roles == list(Role)


def test_owner_can_not_be_switched_off(owner):
    owner.post("roles", data={"confirmed": "1"})
    assert Workspace.objects.get().roles == [Role.OWNER]


def test_show_once_asks_before_copies_are_destroyed(owner, made):
    asked = owner.post("copy_policy", data={"copy_policy": "show_once"})
    assert "The one encrypted copy in Acme will be destroyed" in asked.text
    assert AccessToken.objects.get().encrypted_copy is not None
    owner.post("copy_policy", data={"copy_policy": "show_once", "confirmed": "1"})
    assert AccessToken.objects.get().encrypted_copy is None
    assert Workspace.objects.get().copy_policy == CopyPolicy.SHOW_ONCE
    assert "No copy of this token is kept" in owner.post("copy", made.row).text


def test_an_unknown_policy_changes_nothing(owner, made):
    assert owner.post("copy_policy", data={"copy_policy": "none", "confirmed": "1"}).status_code == 302
    assert Workspace.objects.get().copy_policy == CopyPolicy.ENCRYPTED


def test_a_disabled_token_is_not_copied(owner, acme):
    off = make_token(acme, disabled_at=timezone.now())
    response = owner.post("copy", off.row)
    assert "Only active tokens can be copied." in response.text
    assert off.plaintext not in response.text


def test_a_broken_seal_is_said_and_not_a_server_error(owner, acme):
    one, other = make_token(acme), make_token(acme)
    AccessToken.objects.filter(pk=one.row.pk).update(encrypted_copy=other.row.encrypted_copy)
    response = owner.post("copy", one.row)
    assert response.status_code == 200
    assert "can't be copied" in response.text
    assert other.plaintext not in response.text


@pytest.mark.parametrize(("typed", "kept"), [("30", 30), ("", None), ("6000", 6000)])
def test_a_rate_limit_is_saved(owner, typed, kept):
    assert owner.post("rate_limit", data={"requests_per_minute": typed}).url == owner.url("settings")
    assert Workspace.objects.get().rate_limit == kept


@pytest.mark.parametrize(
    ("typed", "refusal"), [("0", "Choose from 1 to 6000"), ("7000", "Choose from 1 to 6000"), ("a lot", "whole number")]
)
def test_a_rate_limit_that_can_not_be_comes_back_as_it_was_typed(owner, typed, refusal):
    response = owner.post("rate_limit", data={"requests_per_minute": typed})
    assert response.status_code == 422
    assert refusal in response.text
    assert f'value="{typed}"' in response.text
    assert Workspace.objects.get().rate_limit is None
