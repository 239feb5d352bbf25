"""Tests of the dialogs that change a member's role, remove a member or leave the workspace."""

import pytest
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, page_text, toasts
from tests.factories import AccessTokenFactory, MembershipFactory, UserFactory, all_roles_except
from tests.roles import EACH_ROLE
from workspaces import operations
from workspaces.errors import Conflict
from workspaces.models import Event, Membership
from workspaces.permissions import Role

SEEN = "/workspace/acme/members?q=ada&sort=-role"
TO_VIEWER = {"role": "viewer", "confirmed": "1"}


@pytest.fixture
def ada(acme):
    user = UserFactory(name="Ada Lovelace", email="ada@acme.example")
    return MembershipFactory(workspace=acme, user=user, role=Role.TEAM_MEMBER)


@pytest.fixture
def adas_tokens(acme, ada):
    """Two tokens created by Ada, of which one was used."""
    nightly = AccessTokenFactory(workspace=acme, creator=ada.user, label="Nightly", last_used_at=timezone.now())
    return nightly, AccessTokenFactory(workspace=acme, creator=ada.user, label="Weekly")


def role_of(membership):
    return Membership.objects.get(pk=membership.pk).role


def usable_labels():
    return set(AccessToken.objects.usable().values_list("label", flat=True))


# Change role


def test_higher_role_is_given_without_confirmation(owner, ada):
    response = owner.post("workspaces:change_role", ada, {"role": "administrator"}, htmx=True)
    assert response.status_code == 200
    assert f'hx-target="#member-{ada.pk}"' in response.text
    assert "Ada Lovelace is now an Administrator." in response.text
    assert role_of(ada) == Role.ADMINISTRATOR


def test_lower_role_asks_for_confirmation_and_shows_the_members_tokens(owner, ada, adas_tokens):
    response = owner.post("workspaces:change_role", ada, {"role": "viewer"}, htmx=True)
    assert "<html" not in response.text
    text = page_text(response)
    for expected in (
        "Change to a lower role?",
        "Ada Lovelace will change from Team Member to Viewer",
        "Ada Lovelace created 2 usable tokens here.",
        "Nightly",
        "last used",
        "Weekly",
        "never used",
        "All 2 tokens",
    ):
        assert expected in text
    assert role_of(ada) == Role.TEAM_MEMBER
    assert not Event.objects.exists()


def test_lower_role_is_given_and_selected_tokens_are_disabled(owner, ada, adas_tokens):
    response = owner.post("workspaces:change_role", ada, {**TO_VIEWER, "disable": [adas_tokens[0].key_id]}, htmx=True)
    assert response.headers["HX-Trigger"]
    assert "Ada Lovelace is now a Viewer. 1 token was disabled." in response.text
    assert role_of(ada) == Role.VIEWER
    assert usable_labels() == {"Weekly"}
    assert set(Event.objects.values_list("event_type", flat=True)) == {"member.role_changed", "token.disabled"}


def test_role_change_redirects_to_the_list_as_it_was_seen(owner, ada):
    response = owner.post("workspaces:change_role", ada, {"role": "owner"}, from_page=SEEN)
    assert (response.status_code, response.url) == (302, SEEN)
    assert toasts(response) == ["Ada Lovelace is now an Owner."]


def test_confirmation_without_htmx_is_a_page(owner, ada, adas_tokens):
    response = owner.post("workspaces:change_role", ada, {"role": "viewer"}, from_page=SEEN)
    assert "<html" in response.text
    assert f'value="{SEEN.replace("&", "&amp;")}"' in response.text
    assert owner.post("workspaces:change_role", ada, {**TO_VIEWER, "back": SEEN}).url == SEEN


def test_unavailable_role_is_not_given(owner, acme, ada):
    acme.available_roles = all_roles_except(Role.ADMINISTRATOR)
    acme.save()
    response = owner.post("workspaces:change_role", ada, {"role": "administrator"}, htmx=True)
    assert response.status_code == 409
    assert "Administrator" in page_text(response)
    assert '<dialog class="dlg' in response.text


@pytest.mark.parametrize("role", ["", "boss", "VIEWER\0", "16"])
def test_unknown_role_is_a_bad_request(owner, ada, role):
    assert owner.post("workspaces:change_role", ada, {"role": role}).status_code == 400
    assert role_of(ada) == Role.TEAM_MEMBER


def test_owner_who_gives_up_the_role_reloads_the_page(owner, as_member):
    as_member(Role.OWNER)
    me = Membership.objects.get(user=owner.user)
    response = owner.post("workspaces:change_role", me, TO_VIEWER, htmx=True, from_page=SEEN)
    assert response.headers["HX-Redirect"] == SEEN
    assert role_of(me) == Role.VIEWER


# Remove member


def test_removal_asks_for_confirmation_and_shows_the_members_tokens(owner, ada, adas_tokens):
    text = page_text(owner.get("workspaces:remove_member", ada, headers=HTMX))
    for expected in ("Remove this member?", "ada@acme.example", "created 2 usable tokens here.", "Nightly", "Weekly"):
        assert expected in text
    assert Membership.objects.filter(pk=ada.pk).exists()


def test_removed_members_tokens_keep_working(owner, ada, adas_tokens):
    response = owner.post("workspaces:remove_member", ada, htmx=True)
    assert "Ada Lovelace was removed." in response.text
    assert "members:changed" in response.headers["HX-Trigger"]
    assert not Membership.objects.filter(pk=ada.pk).exists()
    assert usable_labels() == {"Nightly", "Weekly"}


def test_all_tokens_are_disabled_on_removal_if_selected(owner, ada, adas_tokens):
    response = owner.post("workspaces:remove_member", ada, {"disable_all": "1"}, from_page=SEEN)
    assert response.url == SEEN
    assert toasts(response) == ["Ada Lovelace was removed. 2 tokens were disabled."]
    assert not usable_labels()


def test_member_without_permission_to_disable_sees_the_tokens_without_checkboxes(as_member, ada, adas_tokens):
    response = as_member(Role.WORKSPACE_MANAGER).get("workspaces:remove_member", ada)
    assert "Nightly" in response.text
    assert "until an Administrator or Owner disables them" in page_text(response)
    assert 'name="disable' not in response.text


def test_forged_checkbox_without_permission_to_disable_is_forbidden(as_member, ada, adas_tokens):
    response = as_member(Role.WORKSPACE_MANAGER).post("workspaces:remove_member", ada, {"disable_all": "1"})
    assert response.status_code == 403
    assert Membership.objects.filter(pk=ada.pk).exists()
    assert len(usable_labels()) == 2
    assert not Event.objects.exists()


@pytest.mark.parametrize("view", ["change_role", "leave"])
def test_no_token_is_disabled_for_the_last_owner(owner, acme, view):
    me = Membership.objects.get(user=owner.user)
    AccessTokenFactory(workspace=acme, creator=owner.user, label="Mine")
    data = {**TO_VIEWER, "disable_all": "1"}
    assert owner.post(f"workspaces:{view}", None if view == "leave" else me, data, htmx=True).status_code == 409
    assert usable_labels() == {"Mine"}
    assert not Event.objects.exists()


@pytest.mark.parametrize("view", ["change_role", "remove_member", "leave"])
def test_no_token_is_disabled_if_the_operation_fails(owner, as_member, ada, adas_tokens, monkeypatch, view):
    as_member(Role.OWNER)
    AccessTokenFactory(workspace=ada.workspace, creator=owner.user, label="Mine")

    def fail(*args, **kwargs):
        raise Conflict("Someone was faster.")

    monkeypatch.setattr(operations, view, fail)
    data = {**TO_VIEWER, "disable_all": "1"}
    response = owner.post(f"workspaces:{view}", None if view == "leave" else ada, data, htmx=True)
    assert response.status_code == 409
    assert "Someone was faster." in response.text
    assert usable_labels() == {"Nightly", "Weekly", "Mine"}
    assert not Event.objects.exists()


def test_dialog_for_a_member_without_usable_tokens_says_so(owner, ada):
    assert "Ada Lovelace created no usable tokens here." in page_text(owner.get("workspaces:remove_member", ada))


@pytest.mark.parametrize(("view", "data"), [("change_role", TO_VIEWER), ("remove_member", {})])
@pytest.mark.parametrize("role", [Role.WORKSPACE_MANAGER, Role.ADMINISTRATOR])
def test_member_with_the_same_role_can_not_be_changed(acme, as_member, view, data, role):
    equal = MembershipFactory(workspace=acme, role=role)
    person = as_member(role)
    assert person.post(f"workspaces:{view}", equal, data).status_code == 403
    assert person.post(f"workspaces:{view}", equal, {"role": "viewer"}).status_code == 403
    if view == "remove_member":
        assert person.get(f"workspaces:{view}", equal).status_code == 403
    assert role_of(equal) == role


@pytest.mark.parametrize("view", ["change_role", "remove_member"])
def test_member_of_another_workspace_is_not_found(owner, view):
    stranger = MembershipFactory(role=Role.VIEWER)
    assert owner.post(f"workspaces:{view}", stranger, TO_VIEWER).status_code == 404
    assert role_of(stranger) == Role.VIEWER


# Leave


@EACH_ROLE
def test_member_with_any_role_can_leave(acme, as_member, role):
    as_member(Role.OWNER)
    person = as_member(role)
    assert "You will lose access to Acme immediately." in page_text(person.get("workspaces:leave"))
    response = person.post("workspaces:leave")
    assert response.url == "/workspaces"
    assert toasts(response) == ["You left Acme."]
    assert person.get("list").status_code == 404
    assert Event.objects.get().event_type == "member.left"


def test_leaving_administrator_can_disable_their_tokens(acme, as_member):
    as_member(Role.OWNER)
    person = as_member(Role.ADMINISTRATOR)
    AccessTokenFactory(workspace=acme, creator=person.user)
    assert "You created 1 usable token here." in page_text(person.get("workspaces:leave"))
    assert toasts(person.post("workspaces:leave", data={"disable_all": "1"})) == [
        "You left Acme. 1 token was disabled."
    ]
    assert not usable_labels()


@pytest.mark.parametrize("view", ["leave", "change_role", "remove_member"])
def test_last_owner_stays_and_sees_why(owner, as_member, ada, view):
    me = Membership.objects.get(user=owner.user)
    response = owner.post(f"workspaces:{view}", None if view == "leave" else me, TO_VIEWER, htmx=True)
    if view == "remove_member":
        assert response.status_code == 302
        response = owner.get("workspaces:leave")
    assert "is the last Owner of Acme. Make another member an Owner first." in response.text
    assert role_of(me) == Role.OWNER


def test_last_owner_can_not_open_the_leave_form(owner):
    response = owner.get("workspaces:leave", headers=HTMX)
    assert response.status_code == 200
    assert "Make another member an Owner first." in response.text
    assert 'type="submit"' not in response.text


def test_removing_yourself_redirects_to_leave(acme, owner, as_member):
    as_member(Role.OWNER)
    me = Membership.objects.get(user=owner.user)
    assert owner.get("workspaces:remove_member", me).url == owner.url("workspaces:leave")
    assert owner.post("workspaces:remove_member", me).url == owner.url("workspaces:leave")
    assert role_of(me) == Role.OWNER
