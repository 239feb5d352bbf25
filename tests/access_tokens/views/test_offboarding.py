"""Weaker roles, removals and leaving in the console: what is shown first, and what is done."""

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX
from tests.factories import AccessTokenFactory, MembershipFactory, UserFactory, all_roles_except
from workspaces import operations
from workspaces.errors import Conflict
from workspaces.models import Event, Membership
from workspaces.permissions import Role

SEEN = "/workspace/acme/members?q=ada&sort=-role"
WEAKER = {"role": "viewer", "confirmed": "1"}


@pytest.fixture
def ada(acme):
    user = UserFactory(name="Ada Lovelace", email="ada@acme.example")
    return MembershipFactory(workspace=acme, user=user, role=Role.TEAM_MEMBER)


@pytest.fixture
def made(acme, ada):
    """Two tokens that Ada made, of which one was used."""
    nightly = AccessTokenFactory(workspace=acme, creator=ada.user, label="Nightly", last_used_at=timezone.now())
    return nightly, AccessTokenFactory(workspace=acme, creator=ada.user, label="Weekly")


def words(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def role_of(membership):
    return Membership.objects.get(pk=membership.pk).role


def usable():
    return set(AccessToken.objects.usable().values_list("label", flat=True))


# Roles


def test_a_stronger_role_is_given_at_once(owner, ada):
    response = owner.post("change_role", ada, {"role": "administrator"}, htmx=True)
    assert response.status_code == 200
    assert f'hx-target="#member-{ada.pk}"' in response.text
    assert "Administrator, role of Ada Lovelace" in response.text
    assert "Ada Lovelace is now an Administrator." in response.text
    assert role_of(ada) == Role.ADMINISTRATOR


def test_a_weaker_role_is_asked_for_first_with_what_they_made(owner, ada, made):
    response = owner.post("change_role", ada, {"role": "viewer"}, htmx=True)
    assert "Give a weaker role?" in response.text
    assert "<html" not in response.text
    for expected in ("made 2 tokens here", "Nightly", "last used", "Weekly", "never used", 'name="disable_all"'):
        assert expected in response.text
    assert role_of(ada) == Role.TEAM_MEMBER
    assert not Event.objects.exists()


def test_a_weaker_role_is_given_and_what_was_ticked_disabled(owner, ada, made):
    response = owner.post("change_role", ada, {**WEAKER, "disable": [made[0].key_id]}, htmx=True)
    assert response.headers["HX-Trigger"]
    assert "Ada Lovelace is now a Viewer. 1 token is disabled." in response.text
    assert role_of(ada) == Role.VIEWER
    assert usable() == {"Weekly"}
    assert set(Event.objects.values_list("event_type", flat=True)) == {"member.role_changed", "token.disabled"}


def test_without_htmx_it_leads_back_to_the_list_as_it_was(owner, ada):
    response = owner.post("change_role", ada, {"role": "owner"}, from_page=SEEN)
    assert (response.status_code, response.url) == (302, SEEN)
    assert words(response) == ["Ada Lovelace is now an Owner."]


def test_without_htmx_the_question_is_a_page(owner, ada, made):
    response = owner.post("change_role", ada, {"role": "viewer"}, from_page=SEEN)
    assert "<html" in response.text
    assert f'value="{SEEN.replace("&", "&amp;")}"' in response.text
    assert owner.post("change_role", ada, {**WEAKER, "back": SEEN}).url == SEEN


def test_a_role_that_is_off_is_explained(owner, acme, ada):
    acme.available_roles = all_roles_except(Role.ADMINISTRATOR)
    acme.save()
    response = owner.post("change_role", ada, {"role": "administrator"}, htmx=True)
    assert response.status_code == 409
    assert "is switched off in Acme" in response.text
    assert '<dialog class="dlg' in response.text


@pytest.mark.parametrize("role", ["", "boss", "VIEWER\0", "16"])
def test_a_role_that_is_none_can_not_be_read(owner, ada, role):
    assert owner.post("change_role", ada, {"role": role}).status_code == 400
    assert role_of(ada) == Role.TEAM_MEMBER


def test_an_owner_who_steps_down_sees_the_page_with_the_new_powers(owner, as_member):
    as_member(Role.OWNER)
    me = Membership.objects.get(user=owner.user)
    response = owner.post("change_role", me, WEAKER, htmx=True, from_page=SEEN)
    assert response.headers["HX-Redirect"] == SEEN
    assert role_of(me) == Role.VIEWER


# Removal


def test_a_removal_is_asked_for_first_with_what_they_made(owner, ada, made):
    response = owner.get("remove_member", ada, headers=HTMX)
    for expected in ("Remove this member?", "ada@acme.example", "made 2 tokens here", "Nightly", "last used"):
        assert expected in response.text
    assert Membership.objects.filter(pk=ada.pk).exists()


def test_who_is_removed_leaves_their_tokens(owner, ada, made):
    response = owner.post("remove_member", ada, htmx=True)
    assert "Ada Lovelace is no longer a member." in response.text
    assert "members:changed" in response.headers["HX-Trigger"]
    assert not Membership.objects.filter(pk=ada.pk).exists()
    assert usable() == {"Nightly", "Weekly"}


def test_all_of_it_is_disabled_with_the_removal(owner, ada, made):
    response = owner.post("remove_member", ada, {"disable_all": "1"}, from_page=SEEN)
    assert response.url == SEEN
    assert words(response) == ["Ada Lovelace is no longer a member. 2 tokens are disabled."]
    assert not usable()


def test_who_may_not_disable_sees_the_tokens_and_no_boxes(as_member, ada, made):
    response = as_member(Role.WORKSPACE_MANAGER).get("remove_member", ada)
    assert "Nightly" in response.text
    assert "Administrators and above may disable them" in response.text
    assert 'name="disable' not in response.text


def test_who_may_not_disable_removes_nobody_by_a_forged_box(as_member, ada, made):
    response = as_member(Role.WORKSPACE_MANAGER).post("remove_member", ada, {"disable_all": "1"})
    assert response.status_code == 403
    assert Membership.objects.filter(pk=ada.pk).exists()
    assert len(usable()) == 2
    assert not Event.objects.exists()


def test_if_the_member_can_not_go_nothing_is_disabled(owner, acme):
    me = Membership.objects.get(user=owner.user)
    AccessTokenFactory(workspace=acme, creator=owner.user, label="Mine")
    for view in ("change_role", "leave"):
        sent = {**WEAKER, "disable_all": "1"}
        assert owner.post(view, None if view == "leave" else me, sent, htmx=True).status_code == 409
    assert usable() == {"Mine"}
    assert not Event.objects.exists()


@pytest.mark.parametrize("view", ["change_role", "remove_member", "leave"])
def test_if_it_is_refused_at_the_last_moment_nothing_is_disabled(owner, as_member, ada, made, monkeypatch, view):
    as_member(Role.OWNER)
    AccessTokenFactory(workspace=ada.workspace, creator=owner.user, label="Mine")

    def refuse(*args, **kwargs):
        raise Conflict("Somebody was faster.")

    monkeypatch.setattr(operations, view, refuse)
    response = owner.post(view, None if view == "leave" else ada, {**WEAKER, "disable_all": "1"}, htmx=True)
    assert response.status_code == 409
    assert "Somebody was faster." in response.text
    assert usable() == {"Nightly", "Weekly", "Mine"}
    assert not Event.objects.exists()


def test_who_made_nothing_leaves_nothing(owner, ada):
    assert "made no token here that still could be used" in owner.get("remove_member", ada).text


@pytest.mark.parametrize(("view", "sent"), [("change_role", WEAKER), ("remove_member", {})])
@pytest.mark.parametrize("role", [Role.WORKSPACE_MANAGER, Role.ADMINISTRATOR])
def test_who_does_not_stand_below_me_is_left_alone(acme, as_member, view, sent, role):
    equal = MembershipFactory(workspace=acme, role=role)
    person = as_member(role)
    assert person.post(view, equal, sent).status_code == 403
    assert person.post(view, equal, {"role": "viewer"}).status_code == 403
    if view == "remove_member":
        assert person.get(view, equal).status_code == 403
    assert role_of(equal) == role


@pytest.mark.parametrize("view", ["change_role", "remove_member"])
def test_a_member_of_another_workspace_is_not_found(owner, view):
    stranger = MembershipFactory(role=Role.VIEWER)
    assert owner.post(view, stranger, WEAKER).status_code == 404
    assert role_of(stranger) == Role.VIEWER


# Leaving, and the last Owner


@pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)
def test_anybody_may_leave(acme, as_member, role):
    as_member(Role.OWNER)
    person = as_member(role)
    assert "You lose all access to Acme at once" in person.get("leave").text
    response = person.post("leave")
    assert response.url == "/workspaces"
    assert words(response) == ["You left Acme."]
    assert person.get("list").status_code == 404
    assert Event.objects.get().event_type == "member.left"


def test_who_leaves_may_disable_what_they_made_if_they_may_disable_at_all(acme, as_member):
    as_member(Role.OWNER)
    person = as_member(Role.ADMINISTRATOR)
    AccessTokenFactory(workspace=acme, creator=person.user)
    assert "You made 1 token here" in person.get("leave").text
    assert words(person.post("leave", data={"disable_all": "1"})) == ["You left Acme. 1 token is disabled."]
    assert not usable()


@pytest.mark.parametrize("view", ["leave", "change_role", "remove_member"])
def test_the_last_owner_stays_and_is_told_what_would_change_that(owner, as_member, ada, view):
    me = Membership.objects.get(user=owner.user)
    response = owner.post(view, None if view == "leave" else me, WEAKER, htmx=True)
    if view == "remove_member":
        assert response.status_code == 302
        response = owner.get("leave")
    assert "is the last Owner of Acme. Make another member an Owner first." in response.text
    assert role_of(me) == Role.OWNER


def test_the_last_owner_who_would_leave_is_told_at_once(owner):
    response = owner.get("leave", headers=HTMX)
    assert response.status_code == 200
    assert "Make another member an Owner first." in response.text
    assert "<form" not in response.text


def test_removing_oneself_is_leaving(acme, owner, as_member):
    as_member(Role.OWNER)
    me = Membership.objects.get(user=owner.user)
    assert owner.get("remove_member", me).url == owner.url("leave")
    assert owner.post("remove_member", me).url == owner.url("leave")
    assert role_of(me) == Role.OWNER
