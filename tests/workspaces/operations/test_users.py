"""Changes of users that concern all their workspaces."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.access_tokens.views.console_client import member
from tests.factories import AccessTokenFactory, MembershipFactory, UserFactory, WorkspaceFactory, member_actor
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.models import Event, Membership
from workspaces.operations import users
from workspaces.permissions import Role

BY = Actor.command("tests")
PASSWORD = "seven brass keys"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = User.objects.create_user("ada@acme.example", PASSWORD, name="Ada")
    for slug in ("acme", "globex"):
        MembershipFactory(workspace=WorkspaceFactory(slug=slug), user=user, role=Role.VIEWER)
    return user


@pytest.fixture
def olga(client):
    """An operator who is signed in to the admin."""
    client.force_login(UserFactory(email="olga@ops.example", is_staff=True))
    return client


def signed_in(user):
    browser = Client()
    browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert browser.get("/workspaces").status_code == 200
    return browser


def events(event_type):
    return sorted(Event.objects.filter(event_type=event_type).values_list("workspace_slug", "subject_id", "actor_name"))


def change_url(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def form(user, **changes):
    data = {"email": user.email, "name": user.name, "is_active": "on" if user.is_active else None, **changes}
    return {name: value for name, value in data.items() if value is not None}


def test_deactivation_ends_sessions_which_reactivation_does_not_restore(ada, olga):
    browser = signed_in(ada)
    assert olga.post(change_url(ada), form(ada, is_active=None)).status_code == 302
    assert get_user(browser).is_anonymous
    assert browser.get("/workspaces").status_code == 302
    users.reactivate(ada, by=BY)
    assert browser.get("/workspaces").status_code == 302
    signed_in(ada)


def test_deactivation_deletes_nothing(ada):
    token = AccessTokenFactory(workspace=Membership.objects.filter(user=ada)[0].workspace, creator=ada)
    users.deactivate(ada, by=BY)
    token.refresh_from_db()
    assert (token.creator, Membership.objects.filter(user=ada).count()) == (ada, 2)


def test_deactivation_and_reactivation_record_events_in_each_workspace(ada, olga):
    WorkspaceFactory(slug="elsewhere")
    olga.post(change_url(ada), form(ada, is_active=None))
    both = [(slug, "ada@acme.example", "olga@ops.example") for slug in ("acme", "globex")]
    assert events("member.deactivated") == both
    ada.refresh_from_db()
    olga.post(change_url(ada), form(ada, is_active="on"))
    assert events("member.reactivated") == both


def test_deactivation_and_reactivation_are_idempotent(ada):
    for change in (users.deactivate, users.deactivate, users.reactivate, users.reactivate):
        change(ada, by=BY)
    assert (len(events("member.deactivated")), len(events("member.reactivated"))) == (2, 2)


def test_last_owner_can_not_be_deactivated_in_the_admin(ada, olga):
    Membership.objects.filter(user=ada, workspace__slug="acme").update(role=Role.OWNER)
    MembershipFactory(workspace__slug="other", user=UserFactory(is_active=False))
    answer = olga.post(change_url(ada), form(ada, is_active=None, email="ada@new.example"))
    assert (
        "ada@acme.example is the last Owner of" in answer.text or "ada@new.example is the last Owner of" in answer.text
    )
    ada.refresh_from_db()
    assert (ada.is_active, ada.email) == (True, "ada@acme.example")
    assert not Event.objects.exists()
    MembershipFactory(workspace=Membership.objects.get(user=ada, workspace__slug="acme").workspace)
    users.deactivate(ada, by=BY)


def test_deactivated_owner_does_not_count_as_another_owner(ada):
    acme = Membership.objects.get(user=ada, workspace__slug="acme")
    Membership.objects.filter(pk=acme.pk).update(role=Role.OWNER)
    other = MembershipFactory(workspace=acme.workspace)
    users.deactivate(other.user, by=BY)
    with pytest.raises(Conflict, match="last Owner"):
        users.deactivate(ada, by=BY)


@pytest.mark.parametrize("change", [users.deactivate, users.reactivate, users.reset_mfa])
def test_only_operators_can_change_users(ada, change):
    owner = member_actor(Membership.objects.filter(user=ada)[0].workspace)
    with pytest.raises(NotAllowed):
        change(ada, by=owner)
    with pytest.raises(NotAllowed):
        users.change_email(ada, "x@new.example", by=owner)


def test_operator_changes_an_email_with_an_event_and_a_notification(ada, olga):
    olga.post(change_url(ada), form(ada, email="ADA@new.example"))
    assert events("member.email_changed") == [
        (slug, "ada@new.example", "olga@ops.example") for slug in ("acme", "globex")
    ]
    assert [letter.to for letter in mail.outbox] == [["ada@acme.example"]]


def test_operator_resets_mfa(ada, olga):
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "x"})
    Authenticator.objects.create(user=ada, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    bob = UserFactory()
    chosen = {"action": "reset_mfa", "_selected_action": [ada.pk, bob.pk]}
    answer = olga.post(reverse("admin:accounts_user_changelist"), chosen, follow=True)
    assert "Reset the MFA of 1 user" in answer.text
    assert not Authenticator.objects.exists()
    assert [event[0] for event in events("member.mfa_reset")] == ["acme", "globex"]
    assert [letter.to for letter in mail.outbox] == [["ada@acme.example"]]
    signed_in(ada)


def test_pages_show_that_a_creator_is_deactivated(acme_owner, ada):
    token = AccessTokenFactory(workspace=acme_owner.workspace, creator=ada)
    me = Membership.objects.filter(user=acme_owner.user)
    me.update(table_columns={"access-tokens": ["created_by"]})
    pages: list[tuple[str, Any]] = [("list", None), ("details", token), ("delete", token), ("rotate", token)]
    theirs = Membership.objects.get(user=ada, workspace=acme_owner.workspace)
    pages += [("workspaces:members", None), ("workspaces:remove_member", theirs)]
    for is_active in (True, False):
        User.objects.filter(pk=ada.pk).update(is_active=is_active)
        for view, thing in pages:
            text = acme_owner.get(view, thing).text
            assert ("Deactivated" in text) is not is_active, view


@pytest.fixture
def acme_owner(ada):
    return member(Membership.objects.get(user=ada, workspace__slug="acme").workspace)
