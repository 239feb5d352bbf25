"""Acceptance of invitations in the browser."""

import re
import uuid
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.access_tokens.views.console_client import PASSWORD, sign_in
from tests.factories import InvitationFactory, MembershipFactory, UserFactory, all_roles_except
from workspaces.invitations import links
from workspaces.invitations.operations import resend, revoke
from workspaces.models import Event, Invitation, Membership, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
PAGE, CHANGE = "/invitation", "/invitation/change-account"
PK = uuid.UUID(int=7)
ADA = {"name": "Ada Lovelace", "password": PASSWORD, "invitation": PK.hex}


@pytest.fixture
def grace(acme):
    return MembershipFactory(workspace=acme, user=UserFactory(email="grace@acme.example", name="Grace Hopper"))


@pytest.fixture
def ada(acme, grace):
    """An invitation for ada@acme.example, sent by Grace."""
    return InvitationFactory(
        pk=PK,
        workspace=acme,
        email="ada@acme.example",
        role=Role.TEAM_MEMBER,
        message="Come <in>!",
        inviter_type="member",
        inviter_name=grace.user.email,
        inviter=grace.user,
    )


def path_of(invitation):
    return links.invitation_url(invitation).removeprefix("http://localhost:8000")


def follow(invitation, client=None):
    """A client that has opened the link."""
    client = client or Client()
    response = client.get(path_of(invitation))
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    return client


def user(email="ada@acme.example", **fields):
    person = UserFactory(email=email, **fields)
    person.set_password(PASSWORD)
    person.save()
    person.mark_email_verified()
    return person


def memberships():
    return list(Membership.objects.exclude(user__email="grace@acme.example").values_list("user__email", "role"))


def test_page_shows_the_invitation_but_not_the_link(ada):
    client = follow(ada)
    page = client.get(PAGE)
    assert page.status_code == 200
    for message in ("Join Acme", "Grace Hopper", "grace@acme.example", "Team Member", "Come &lt;in&gt;!", ada.email):
        assert message in page.text
    secret = path_of(ada).rpartition(".")[2]
    assert secret not in page.text
    assert secret not in str(dict(client.session))
    assert Invitation.objects.get().accepted_at is None


def test_link_is_neither_sent_as_referrer_nor_cached(ada):
    response = Client().get(path_of(ada))
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("sign_up", [True, False])
def test_new_person_becomes_a_signed_in_member_with_a_verified_address(ada, settings, sign_up, mailoutbox):
    settings.ALLOW_SIGN_UP = sign_up
    client = follow(ada)
    response = client.post(PAGE, ADA)
    assert (response.status_code, response.headers["Location"]) == (302, "/workspace/acme")
    person = User.objects.get(email="ada@acme.example")
    assert (person.name, person.check_password(PASSWORD), person.is_staff) == ("Ada Lovelace", True, False)
    assert EmailAddress.objects.get(user=person).verified
    assert memberships() == [("ada@acme.example", Role.TEAM_MEMBER)]
    assert (
        "Welcome to Acme. You are a Team Member in this workspace." in client.get("/workspace/acme", follow=True).text
    )
    assert mailoutbox == []
    event = Event.objects.get()
    assert (event.event_type, event.actor_name, event.subject_id) == (
        "member.added",
        "ada@acme.example",
        "ada@acme.example",
    )
    assert event.changes == {"role": [None, "team_member"]}
    assert event.ip_address == "127.0.0.1"


def test_new_account_counts_as_recently_confirmed(ada, acme):
    Invitation.objects.update(role=Role.OWNER)
    client = follow(ada)
    client.post(PAGE, ADA)
    assert "Your password" not in client.get("/workspace/acme/access-tokens/new").text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "required"),
        ({"name": "A\u202eb"}, "invisible characters"),
        ({"password": ""}, "required"),
        ({"password": "short"}, "too short"),
        ({"password": "ada@acme.example"}, "similar"),
        ({"password": "password123"}, "too common"),
    ],
)
def test_invalid_form_is_shown_again_with_the_input(ada, change, message):
    response = follow(ada).post(PAGE, {**ADA, **change})
    assert response.status_code == 422
    assert message in response.text
    assert "Ada Lovelace" in response.text or "name" in change
    assert not User.objects.filter(email=ada.email).exists()


def test_signed_in_user_accepts_with_one_button(ada):
    client = follow(ada, sign_in(user("ada@acme.example")))
    assert "You are signed in as ada@acme.example" in client.get(PAGE).text
    assert client.post(PAGE, ADA).headers["Location"] == "/workspace/acme"
    assert memberships() == [("ada@acme.example", Role.TEAM_MEMBER)]
    assert Invitation.objects.get().accepted_at


def test_user_with_an_account_signs_in_and_returns_to_the_invitation(ada):
    user()
    client = follow(ada)
    page = client.get(PAGE).text
    assert "already has an account. Sign in to accept the invitation." in page
    assert client.post(PAGE, ADA).status_code == 200
    assert memberships() == []
    [sign_in_at] = re.findall(r'class="btn primary" href="([^"]+)"', page)
    answer = client.post(sign_in_at, {"login": ada.email, "password": PASSWORD})
    assert answer.headers["Location"] == PAGE
    assert "You are signed in as ada@acme.example" in client.get(PAGE).text


def test_user_with_another_address_can_sign_out_and_continue(ada):
    client = follow(ada, sign_in(user("eve@acme.example")))
    page = client.get(PAGE).text
    assert "This invitation is for <strong>ada@acme.example</strong>, but you are signed in as" in page
    refused = client.post(PAGE, ADA)
    assert refused.status_code == 409
    assert "you are signed in as eve@acme.example." in refused.text
    assert memberships() == []
    assert client.post(CHANGE).headers["Location"] == PAGE
    assert "Create account and join" in client.get(PAGE).text
    assert client.get("/workspaces").status_code == 302
    assert client.post(PAGE, ADA).status_code == 302


def test_deactivated_account_can_not_accept(ada):
    person = user()
    client = follow(ada, sign_in(person))
    User.objects.filter(pk=person.pk).update(is_active=False)
    for response in (client.get(PAGE), client.post(PAGE, ADA), follow(ada).post(PAGE, ADA)):
        assert "is deactivated" in response.text
    client.post("/accounts/login?next=/invitation", {"login": ada.email, "password": PASSWORD})
    client.post(PAGE, ADA)
    assert memberships() == []


def test_member_keeps_their_role(ada, acme):
    person = user()
    MembershipFactory(workspace=acme, user=person, role=Role.ADMINISTRATOR)
    client = follow(ada, sign_in(person))
    assert "You are already a member and keep your current role." in client.get(PAGE).text
    assert client.post(PAGE, ADA).headers["Location"] == "/workspace/acme"
    assert memberships() == [("ada@acme.example", Role.ADMINISTRATOR)]
    assert not Event.objects.exists()


def revoked(ada, grace, acme):
    revoke(ada, by=actor(grace))


def sent_again(ada, grace, acme):
    resend(ada, by=actor(grace))


def expired(ada, grace, acme):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def removed(ada, grace, acme):
    grace.delete()


def demoted(ada, grace, acme):
    Membership.objects.filter(pk=grace.pk).update(role=Role.VIEWER)


def switched_off(ada, grace, acme):
    acme.available_roles = all_roles_except(Role.TEAM_MEMBER)
    acme.save()


def deleted(ada, grace, acme):
    Workspace.objects.update(deleted_at=timezone.now())


def gone(ada, grace, acme):
    acme.delete()


def actor(membership):
    from workspaces.actors import Actor

    return Actor.member(membership)


@pytest.mark.parametrize("person", ["new", "known"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (revoked, "This invitation was revoked."),
        (sent_again, "Use the link in the latest e-mail."),
        (expired, "This invitation expired on"),
        (removed, "Grace Hopper can no longer invite a Team Member to Acme."),
        (demoted, "Grace Hopper can no longer invite a Team Member to Acme."),
        (switched_off, "The role Team Member is switched off in Acme."),
        (deleted, "Acme is deleted."),
        (gone, "This invitation no longer exists."),
    ],
)
def test_link_that_no_longer_works_shows_the_reason(ada, grace, acme, change, message, person):
    client = follow(ada, sign_in(user()) if person == "known" else None)
    change(ada, grace, acme)
    for response in (client.get(PAGE), client.post(PAGE, ADA)):
        assert response.status_code == 410
        assert message in response.text
    assert memberships() == []
    assert person == "known" or not User.objects.filter(email=ada.email).exists()


def test_link_works_once(ada):
    one, other = follow(ada), follow(ada)
    one.post(PAGE, ADA)
    assert "You are already a member" in one.get(PAGE).text
    assert one.post(PAGE, ADA).status_code == 410
    for response in (other.get(PAGE), other.post(PAGE, {**ADA, "name": "Eve"}), follow(ada).get(PAGE)):
        assert response.status_code == 410
        assert "was already accepted" in response.text
        assert "/accounts/login?next=/workspace/acme" in response.text
    assert memberships() == [("ada@acme.example", Role.TEAM_MEMBER)]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path[:-1],
        lambda path: path[:-1] + ("A" if path[-1] != "A" else "B"),
        lambda path: path.replace("-1.", "-2."),
        lambda path: path.rpartition(".")[0],
        lambda path: "/invitations/nonsense",
        lambda path: "/invitations/" + "." * 10_000,
    ],
)
def test_altered_link_is_rejected(ada, change):
    client = follow(ada)
    assert client.get(change(path_of(ada))).headers["Location"] == PAGE
    page = client.get(PAGE)
    assert page.status_code == 404
    assert "This link is incomplete" in page.text
    assert client.post(PAGE, ADA).status_code == 404


def test_invitation_shown_in_one_tab_does_not_accept_one_opened_in_another(ada):
    client = follow(InvitationFactory(email=ada.email), follow(ada))
    response = client.post(PAGE, ADA, follow=True)
    assert "You opened another invitation in the meantime" in response.text
    assert memberships() == []
    assert not User.objects.filter(email=ada.email).exists()


def test_page_without_a_link_shows_no_invitation(ada):
    client = Client()
    assert client.get(PAGE).status_code == client.post(PAGE, ADA).status_code == 404
    assert client.post(CHANGE).headers["Location"] == PAGE


def test_signing_out_requires_a_post(ada):
    assert Client().get(CHANGE).status_code == 405
    assert Client(enforce_csrf_checks=True).post(CHANGE).status_code == 403


def test_page_needs_the_same_number_of_queries_for_everyone(ada, django_assert_num_queries):
    client = follow(ada)
    with django_assert_num_queries(4):
        client.get(PAGE)
