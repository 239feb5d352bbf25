"""Inviting people, sending an invitation again, revoking it: permission, change and event in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from workspaces.actors import Actor, ActorType
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType, build_event
from workspaces.invitations.address_lists import Invitee, RejectedInvitee, is_valid_email
from workspaces.invitations.delivery import queue
from workspaces.models import Event, Invitation, Workspace
from workspaces.models.invitation import INVITATION_LIFETIME, MAX_MESSAGE_LENGTH, InvitationStatus
from workspaces.names import clean_message
from workspaces.operations import lock_workspace_and_refresh_actor, require_authority_to_grant
from workspaces.permissions import Permission, Role

MAX_OPEN = 5_000
MAX_A_DAY = 2_000
MAX_MAILS_TO_ONE = 5
"""Invitations open in a workspace; made within a day there, and by one person anywhere; mails a day to one address."""
DAY = timedelta(days=1)
BATCH = 500


@dataclass
class InviteResult:
    """What came of inviting several: `made` are invited, `refused` are not."""

    made: list[Invitation] = field(default_factory=list)
    refused: list[RejectedInvitee] = field(default_factory=list)


@transaction.atomic
def invite(workspace: Workspace, entries: Sequence[Invitee], *, message: str = "", by: Actor) -> InviteResult:
    """Invite all who can be, and let their mail go out. What can't be said to all is said by line.

    Raises: NotAllowed, if `by` may invite nobody; ValidationError (message).
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.MANAGE_MEMBERS, workspace)
    try:
        message = clean_message(message, most=MAX_MESSAGE_LENGTH)
    except ValidationError as error:
        raise ValidationError({"message": error}) from error
    known = _Known(workspace, [entry.email for entry in entries], by)
    outcome = InviteResult()
    new = []
    for entry in entries:
        if refusal := known.refusal_of(entry):
            outcome.refused.append(refusal)
            continue
        given = {"role": entry.role, "message": message, **_lender(by)}
        invitation = known.invitations.get(entry.email)
        if invitation:
            invitation.renew(**given)
            invitation.save()
        else:
            until = timezone.now() + INVITATION_LIFETIME
            invitation = Invitation(workspace=workspace, email=entry.email, expires_at=until, **given)
            new.append(invitation)
        outcome.made.append(invitation)
    Invitation.objects.bulk_create(new, batch_size=BATCH)
    Event.objects.bulk_create([_event(EventType.MEMBER_INVITED, one, by=by) for one in outcome.made], batch_size=BATCH)
    for invitation in outcome.made:
        queue(invitation)
    return outcome


def invite_one(workspace: Workspace, email: str, role: Role, *, message: str = "", by: Actor) -> Invitation:
    """The same for one address.

    Raises: NotAllowed, for a role above one's own too; ValidationError (email, message); Conflict, in a list's words.
    """
    by.require(Permission.MANAGE_MEMBERS, workspace)
    by.require_role_at_least(role)
    email = email.strip().lower()
    if not is_valid_email(email):
        raise ValidationError({"email": "This is no e-mail address."})
    outcome = invite(workspace, [Invitee(1, email, email, role)], message=message, by=by)
    if outcome.refused:
        raise Conflict(outcome.refused[0].why)
    return outcome.made[0]


@transaction.atomic
def resend(invitation: Invitation, *, by: Actor) -> Invitation:
    """Mail another link, with 7 days to go, which ends the one before. Who sends it again lends the power from now on.

    Raises: NotAllowed; Conflict, if it has ended, or its address had too many mails already; DoesNotExist.
    """
    workspace, by = lock_workspace_and_refresh_actor(invitation.workspace, by)
    require_authority_to_grant(invitation.role, workspace, by=by)
    invitation = _as_it_is(invitation, workspace)
    known = _Known(workspace, [invitation.email], by)
    if words := known.member_or_flood(invitation.email):
        raise Conflict(words)
    invitation.renew(**_lender(by))
    invitation.save()
    _event(EventType.INVITATION_RESENT, invitation, by=by).save()
    queue(invitation)
    return invitation


@transaction.atomic
def revoke(invitation: Invitation, *, by: Actor) -> Invitation:
    """End an invitation: its link opens nothing from now on.

    Raises: NotAllowed, for one that `by` could not have given too; Conflict, if it has ended; DoesNotExist.
    """
    workspace, by = lock_workspace_and_refresh_actor(invitation.workspace, by)
    by.require(Permission.MANAGE_MEMBERS, workspace)
    by.require_role_at_least(invitation.role)
    invitation = _as_it_is(invitation, workspace)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    _event(EventType.INVITATION_REVOKED, invitation, by=by).save()
    return invitation


def _as_it_is(invitation: Invitation, workspace: Workspace) -> Invitation:
    """The row as it is now, if it is open.

    Raises: Conflict; DoesNotExist.
    """
    invitation = Invitation.objects.get(pk=invitation.pk, workspace=workspace)
    invitation.workspace = workspace
    if invitation.accepted_at:
        raise Conflict(f"{invitation.email} has accepted the invitation meanwhile.")
    if invitation.revoked_at:
        raise Conflict(f"The invitation of {invitation.email} is revoked already.")
    return invitation


def _lender(by: Actor) -> dict[str, Any]:
    """Whose power the invitation rests on."""
    is_person = by.type == ActorType.MEMBER
    return {
        "inviter_type": by.type,
        "inviter_name": by.name,
        "inviter": by.user if is_person else None,
        "inviter_token": by.token_pk,
    }


def _event(event_type: EventType, invitation: Invitation, *, by: Actor) -> Event:
    role = Role(invitation.role).api_name
    before_and_after = (role, None) if event_type == EventType.INVITATION_REVOKED else (None, role)
    return build_event(
        event_type,
        by=by,
        workspace=invitation.workspace,
        subject_id=invitation.email,
        subject_name=invitation.email,
        changes={"role": before_and_after},
    )


class _Known:
    """What a workspace knows of the addresses that are to be invited, read at once for all of them."""

    def __init__(self, workspace: Workspace, emails: Collection[str], by: Actor) -> None:
        self.workspace, self.by = workspace, by
        members = workspace.memberships.filter(user__email__in=emails)
        self.members = set(members.values_list("user__email", flat=True))
        rows = Invitation.objects.with_status(workspace).open().filter(email__in=emails)
        self.invitations = {row.email: row for row in rows}
        for row in self.invitations.values():
            row.workspace = workspace
        since = timezone.now() - DAY
        lately = workspace.invitations.filter(email__in=emails, queued_at__gt=since).order_by().values("email")
        self.mails = {row["email"]: row["mails"] for row in lately.annotate(mails=Sum("version"))}
        counts = workspace.invitations.aggregate(
            open=Count("pk", filter=Q(accepted_at=None, revoked_at=None)),
            made=Count("pk", filter=Q(created_at__gt=since)),
        )
        own = Invitation.objects.filter(inviter=by.user, created_at__gt=since).count() if by.user else 0
        self.room = min(MAX_OPEN - counts["open"], MAX_A_DAY - counts["made"], MAX_A_DAY - own)
        self.grants: dict[Role, str] = {}

    def refusal_of(self, entry: Invitee) -> RejectedInvitee | None:
        """Why not, if so. Otherwise the room that it takes is taken."""
        why_for_good = self.member_or_flood(entry.email) or self._invited(entry.email)
        why = why_for_good or self._why_no_grant(entry.role)
        if not why and entry.email not in self.invitations:
            if self.room <= 0:
                why = f"There are as many invitations as there may be: {MAX_OPEN:,} open, {MAX_A_DAY:,} a day."
            self.room -= 1
        return RejectedInvitee(entry.line, entry.text, why, is_correctable=not why_for_good) if why else None

    def member_or_flood(self, email: str) -> str:
        if email in self.members:
            return f"{email} is a member of {self.workspace} already."
        if self.mails.get(email, 0) >= MAX_MAILS_TO_ONE:
            return f"{email} was sent {MAX_MAILS_TO_ONE} mails within a day. Try again tomorrow."
        return ""

    def _invited(self, email: str) -> str:
        found = self.invitations.get(email)
        if found is None or found.status not in {InvitationStatus.SENT, InvitationStatus.QUEUED}:
            return ""
        role = Role(found.role).article
        return f"{email} is invited already, as {role}. Send that invitation again, or revoke it first."

    def _why_no_grant(self, role: Role) -> str:
        if role not in self.grants:
            try:
                require_authority_to_grant(role, self.workspace, by=self.by)
                self.grants[role] = ""
            except (NotAllowed, Conflict) as refusal:
                self.grants[role] = refusal.message
        return self.grants[role]
