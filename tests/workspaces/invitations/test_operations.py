"""Inviting people, resending and revoking invitations."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.factories import (
    InvitationFactory,
    MembershipFactory,
    WorkspaceFactory,
    all_roles_except,
    make_token,
    member_actor,
    token_actor,
)
from tests.roles import EACH_ROLE
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.invitations import operations
from workspaces.invitations.address_lists import Invitee
from workspaces.invitations.operations import invite, invite_one, resend, revoke
from workspaces.models import Event, Invitation
from workspaces.models.invitation import INVITATION_LIFETIME, InvitationStatus
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def by(acme):
    return member_actor(acme)


def entry(email="ada@acme.example", role=Role.VIEWER, line=1):
    return Invitee(line, email, email, role)


def refusals(outcome):
    return [(one.line, one.reason, one.can_be_corrected) for one in outcome.rejected]


def status_of(invitation):
    return Invitation.objects.with_status(invitation.workspace).get(pk=invitation.pk).status


def recorded_events():
    return list(Event.objects.order_by("pk").values_list("event_type", "actor_name", "subject_id", "changes"))


def test_inviting_several_people_records_an_event_for_each(acme, by):
    outcome = invite(acme, [entry(), entry("bob@acme.example", Role.OWNER, 2)], message=" Hello ", by=by)
    assert refusals(outcome) == []
    rows = Invitation.objects.order_by("email")
    assert [(row.email, row.role, row.message, row.inviter) for row in rows] == [
        ("ada@acme.example", Role.VIEWER, "Hello", by.user),
        ("bob@acme.example", Role.OWNER, "Hello", by.user),
    ]
    assert all(abs(row.expires_at - row.created_at - INVITATION_LIFETIME) < timedelta(seconds=5) for row in rows)
    assert recorded_events() == [
        ("member.invited", by.name, "ada@acme.example", {"role": [None, "viewer"]}),
        ("member.invited", by.name, "bob@acme.example", {"role": [None, "owner"]}),
    ]
    assert status_of(rows[0]) == InvitationStatus.QUEUED


def test_members_and_invited_people_are_rejected_and_the_others_invited(acme, by):
    member = MembershipFactory(workspace=acme).user.email
    InvitationFactory(workspace=acme, email="in@acme.example", role=Role.ADMINISTRATOR)
    outcome = invite(acme, [entry(member), entry("in@acme.example", line=2), entry(line=3)], by=by)
    assert [one.email for one in outcome.invitations] == ["ada@acme.example"]
    again = "Resend or revoke that invitation."
    assert refusals(outcome) == [
        (1, f"{member} is already a member of Acme.", False),
        (2, f"in@acme.example is already invited as an Administrator. {again}", False),
    ]


@EACH_ROLE
def test_role_above_the_inviters_own_is_rejected(acme, role):
    by = member_actor(acme, role)
    entries = [entry(f"{one.api_name}@acme.example", one, line) for line, one in enumerate(Role)]
    if role < Role.WORKSPACE_MANAGER:
        with pytest.raises(NotAllowed, match="Only Workspace Managers, Administrators and Owners"):
            invite(acme, entries, by=by)
        assert not Invitation.objects.exists()
        return
    outcome = invite(acme, entries, by=by)
    assert {one.role for one in outcome.invitations} == {one for one in Role if one <= role}
    assert all("because it would grant" in why for _, why, _ in refusals(outcome))


def test_role_that_is_switched_off_is_rejected(acme, by):
    acme.available_roles = all_roles_except(Role.VIEWER)
    acme.save()
    assert "switched off" in refusals(invite(acme, [entry()], by=by))[0][1]


def test_invite_one_raises_the_reason_of_the_rejection(acme, by):
    assert invite_one(acme, "Ada@acme.example", Role.VIEWER, by=by).email == "ada@acme.example"
    with pytest.raises(Conflict, match="is already invited as a Viewer"):
        invite_one(acme, "ada@acme.example", Role.VIEWER, by=by)
    with pytest.raises(NotAllowed) as error:
        invite_one(acme, "bob@acme.example", Role.OWNER, by=member_actor(acme, Role.ADMINISTRATOR))
    assert error.value.required_role == Role.OWNER


def test_message_that_is_too_long_is_rejected(acme, by):
    with pytest.raises(ValidationError, match="501 characters"):
        invite(acme, [entry()], message="x" * 501, by=by)
    [made] = invite(acme, [entry()], message="x\r\n" * 249 + "zz", by=by).invitations
    assert made.message.count("\n") == 249


@pytest.mark.parametrize(
    "fields",
    [{"expires_at": timezone.now() - DAY}, {"sent_at": None, "failed_at": timezone.now()}, {"inviter_type": "member"}],
    ids=["expired", "not sent", "void"],
)
def test_invitation_that_can_not_be_accepted_is_replaced(acme, by, fields):
    old = InvitationFactory(workspace=acme, email="ada@acme.example", **fields)
    [made] = invite(acme, [entry(role=Role.OWNER)], by=by).invitations
    assert (made.pk, made.version, made.role) == (old.pk, 2, Role.OWNER)
    assert status_of(made) == InvitationStatus.QUEUED


def test_address_has_one_open_invitation_in_the_database(acme):
    InvitationFactory(workspace=acme, email="ada@acme.example")
    InvitationFactory(email="ada@acme.example")
    InvitationFactory(workspace=acme, email="ada@acme.example", revoked_at=timezone.now())
    with pytest.raises(IntegrityError):
        InvitationFactory(workspace=acme, email="ada@acme.example")


def test_number_of_invitations_is_limited(acme, by, monkeypatch):
    monkeypatch.setattr(operations, "MAX_OPEN_INVITATIONS", 2)
    InvitationFactory(workspace=acme, email="old@acme.example", expires_at=timezone.now() - DAY)
    entries = [entry(f"{name}@acme.example", line=line) for line, name in enumerate(("ada", "bob", "old"))]
    outcome = invite(acme, entries, by=by)
    assert [one.email for one in outcome.invitations] == ["ada@acme.example", "old@acme.example"]
    assert "A workspace can have" in refusals(outcome)[0][1]
    monkeypatch.setattr(operations, "MAX_OPEN_INVITATIONS", 9)
    monkeypatch.setattr(operations, "MAX_INVITATIONS_PER_DAY", 2)
    assert invite(acme, [entry("zoe@acme.example")], by=by).rejected
    elsewhere = MembershipFactory(user=by.user, role=Role.OWNER)
    monkeypatch.setattr(operations, "MAX_INVITATIONS_PER_DAY", 1)
    assert invite(elsewhere.workspace, [entry("zoe@acme.example")], by=Actor.member(elsewhere)).rejected


def test_number_of_emails_to_an_address_is_limited(acme, by):
    invitation = invite_one(acme, "ada@acme.example", Role.VIEWER, by=by)
    invitation = resend(resend(invitation, by=by), by=by)
    revoke(invitation, by=by)
    invitation = resend(invite_one(acme, "ada@acme.example", Role.VIEWER, by=by), by=by)
    with pytest.raises(Conflict, match="was sent 5 e-mails within a day"):
        resend(invitation, by=by)


def test_resending_starts_a_new_version_with_the_actor_as_inviter(acme, by):
    old = InvitationFactory(workspace=acme, expires_at=timezone.now() - DAY, failure="no", inviter_type="member")
    again = resend(old, by=by)
    assert (again.version, again.sent_at, again.failure, again.inviter) == (2, None, "", by.user)
    assert again.expires_at > timezone.now() + INVITATION_LIFETIME - timedelta(minutes=1)
    assert status_of(again) == InvitationStatus.QUEUED
    assert recorded_events() == [("invitation.resent", by.name, old.email, {"role": [None, "viewer"]})]


def test_revoked_invitation_stays_revoked_and_is_recorded(acme, by):
    invitation = InvitationFactory(workspace=acme)
    revoke(invitation, by=by)
    for change in (revoke, resend):
        with pytest.raises(Conflict, match="is already revoked"):
            change(invitation, by=by)
    assert recorded_events() == [("invitation.revoked", by.name, invitation.email, {"role": ["viewer", None]})]


@pytest.mark.parametrize("change", [resend, revoke])
def test_accepted_invitation_can_not_be_changed(acme, by, change):
    with pytest.raises(Conflict, match="has already accepted"):
        change(InvitationFactory(workspace=acme, accepted_at=timezone.now()), by=by)


@EACH_ROLE
@pytest.mark.parametrize("change", [resend, revoke])
def test_member_who_could_not_grant_the_role_can_not_change_the_invitation(acme, change, role):
    for given in Role:
        by, invitation = member_actor(acme, role), InvitationFactory(workspace=acme, role=given)
        if role >= max(Role.WORKSPACE_MANAGER, given):
            assert change(invitation, by=by).pk == invitation.pk
        else:
            with pytest.raises(NotAllowed):
                change(invitation, by=by)


def test_manager_of_another_workspace_can_not_change_an_invitation(acme):
    stranger, invitation = member_actor(WorkspaceFactory()), InvitationFactory(workspace=acme)
    for attempt in (
        lambda: invite(acme, [entry()], by=stranger),
        lambda: resend(invitation, by=stranger),
        lambda: revoke(invitation, by=stranger),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_invitation_is_void_while_the_inviter_could_not_grant_the_role(acme):
    row = MembershipFactory(workspace=acme, role=Role.ADMINISTRATOR)
    fields = {"inviter_type": "member", "inviter": row.user, "role": Role.ADMINISTRATOR}
    invitation = InvitationFactory(workspace=acme, **fields)
    assert status_of(invitation) == InvitationStatus.SENT
    for role in (Role.WORKSPACE_MANAGER, Role.VIEWER):
        row.role = role
        row.save()
        assert status_of(invitation) == InvitationStatus.VOID
    invitation.role = Role.VIEWER
    invitation.save()
    assert status_of(invitation) == InvitationStatus.VOID
    row.role = Role.OWNER
    row.save()
    assert status_of(invitation) == InvitationStatus.SENT
    row.user.is_active = False
    row.user.save()
    assert status_of(invitation) == InvitationStatus.VOID
    row.delete()
    assert status_of(invitation) == InvitationStatus.VOID


def test_invitation_by_a_token_is_void_unless_the_token_could_grant_the_role(acme):
    token = make_token(acme, Role.ADMINISTRATOR).row
    invitation = invite_one(acme, "ada@acme.example", Role.ADMINISTRATOR, by=token_actor(token))
    assert (invitation.inviter_name, invitation.inviter) == (token.token_id, None)
    assert status_of(invitation) == InvitationStatus.QUEUED
    for changes in (
        {"disabled_at": timezone.now()},
        {"disabled_at": None, "scope": Role.WORKSPACE_MANAGER},
        {"scope": Role.ADMINISTRATOR, "created_at": timezone.now() - 2 * DAY, "expires_at": timezone.now() - DAY},
    ):
        AccessToken.objects.filter(pk=token.pk).update(**changes)
        assert status_of(invitation) == InvitationStatus.VOID
    AccessToken.objects.filter(pk=token.pk).update(expires_at=None)
    assert status_of(invitation) == InvitationStatus.QUEUED
    token.delete()
    assert status_of(invitation) == InvitationStatus.VOID
