"""Operations on invitations: invite, resend, revoke."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from workspaces.actors import Actor, ActorType
from workspaces.errors import Conflict, NotAllowed, field_errors
from workspaces.events import EventType, build_event
from workspaces.invitations.address_lists import INVALID_EMAIL, Invitee, RejectedInvitee, is_valid_email
from workspaces.invitations.delivery import queue
from workspaces.models import Event, Invitation, Workspace
from workspaces.models.invitation import INVITATION_LIFETIME, MAX_MESSAGE_LENGTH, InvitationStatus
from workspaces.names import clean_message
from workspaces.operations import lock_workspace_and_refresh_actor, require_authority_to_grant
from workspaces.permissions import Permission, Role

MAX_OPEN_INVITATIONS = 5_000
"""Per workspace."""
MAX_INVITATIONS_PER_DAY = 2_000
"""Per workspace, and per inviter in all workspaces."""
MAX_EMAILS_PER_DAY = 5
"""Per workspace and address."""
DAY = timedelta(days=1)
BATCH_SIZE = 500


@dataclass
class InviteResult:
    invitations: list[Invitation] = field(default_factory=list)
    rejected: list[RejectedInvitee] = field(default_factory=list)


@transaction.atomic
def invite(workspace: Workspace, invitees: Sequence[Invitee], *, message: str = "", by: Actor) -> InviteResult:
    """Invite everyone who can be invited, and queue their e-mails. The others are in `rejected`.

    Raises: NotAllowed if the actor can't invite anyone; ValidationError (message).
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.MANAGE_MEMBERS, workspace)
    with field_errors("message"):
        message = clean_message(message, max_length=MAX_MESSAGE_LENGTH)
    checks = InviteChecks(workspace, [invitee.email for invitee in invitees], by)
    result = InviteResult()
    new = []
    for invitee in invitees:
        if rejection := checks.reject(invitee):
            result.rejected.append(rejection)
            continue
        fields = {"role": invitee.role, "message": message, **_inviter_fields(by)}
        invitation = checks.open_invitations.get(invitee.email)
        if invitation:
            invitation.start_new_version(**fields)
            invitation.save()
        else:
            expires_at = timezone.now() + INVITATION_LIFETIME
            invitation = Invitation(workspace=workspace, email=invitee.email, expires_at=expires_at, **fields)
            new.append(invitation)
        result.invitations.append(invitation)
    Invitation.objects.bulk_create(new, batch_size=BATCH_SIZE)
    events = [_build_event(EventType.MEMBER_INVITED, invitation, by=by) for invitation in result.invitations]
    Event.objects.bulk_create(events, batch_size=BATCH_SIZE)
    for invitation in result.invitations:
        queue(invitation)
    return result


def invite_one(workspace: Workspace, email: str, role: Role, *, message: str = "", by: Actor) -> Invitation:
    """Invite one person.

    Raises: NotAllowed, also for a role above the actor's own; ValidationError (email, message); Conflict if they can't
    be invited.
    """
    by.require(Permission.MANAGE_MEMBERS, workspace)
    by.require_role_at_least(role)
    email = email.strip().lower()
    if not is_valid_email(email):
        raise ValidationError({"email": INVALID_EMAIL})
    result = invite(workspace, [Invitee(1, email, email, role)], message=message, by=by)
    if result.rejected:
        raise Conflict(result.rejected[0].reason)
    return result.invitations[0]


@transaction.atomic
def resend(invitation: Invitation, *, by: Actor) -> Invitation:
    """Send an invitation again, with a new link that is valid for `INVITATION_LIFETIME`. The actor becomes the inviter.

    Raises: NotAllowed; Conflict if it was accepted or revoked, or too many e-mails were sent; Invitation.DoesNotExist.
    """
    workspace, by = lock_workspace_and_refresh_actor(invitation.workspace, by)
    require_authority_to_grant(invitation.role, workspace, by=by)
    invitation = _get_open(invitation, workspace)
    checks = InviteChecks(workspace, [invitation.email], by)
    if reason := checks.membership(invitation.email) or checks.email_limit(invitation.email):
        raise Conflict(reason)
    invitation.start_new_version(**_inviter_fields(by))
    invitation.save()
    _build_event(EventType.INVITATION_RESENT, invitation, by=by).save()
    queue(invitation)
    return invitation


@transaction.atomic
def revoke(invitation: Invitation, *, by: Actor) -> Invitation:
    """Revoke an invitation, so that its link no longer works.

    Raises: NotAllowed, also if the actor could not grant the role; Conflict if it was accepted or revoked;
    Invitation.DoesNotExist.
    """
    workspace, by = lock_workspace_and_refresh_actor(invitation.workspace, by)
    by.require(Permission.MANAGE_MEMBERS, workspace)
    by.require_role_at_least(invitation.role)
    invitation = _get_open(invitation, workspace)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    _build_event(EventType.INVITATION_REVOKED, invitation, by=by).save()
    return invitation


def _get_open(invitation: Invitation, workspace: Workspace) -> Invitation:
    """Return the current row. Raises: Conflict if it was accepted or revoked; Invitation.DoesNotExist."""
    invitation = Invitation.objects.get(pk=invitation.pk, workspace=workspace)
    invitation.workspace = workspace
    if invitation.accepted_at:
        raise Conflict(f"{invitation.email} has already accepted the invitation.")
    if invitation.revoked_at:
        raise Conflict(f"The invitation for {invitation.email} is already revoked.")
    return invitation


def _inviter_fields(by: Actor) -> dict[str, Any]:
    return {
        "inviter_type": by.type,
        "inviter_name": by.name,
        "inviter": by.user if by.type == ActorType.MEMBER else None,
        "inviter_token": by.token_pk,
    }


def _build_event(event_type: EventType, invitation: Invitation, *, by: Actor) -> Event:
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


class InviteChecks:
    """Checks of the addresses to invite to a workspace, with what the database knows of all of them.

    Each check returns the reason against an invitation, or "".
    """

    def __init__(self, workspace: Workspace, emails: Collection[str], by: Actor) -> None:
        self.workspace, self.by = workspace, by
        members = workspace.memberships.filter(user__email__in=emails)
        self.member_emails = set(members.values_list("user__email", flat=True))
        rows = Invitation.objects.with_status(workspace).open().filter(email__in=emails)
        self.open_invitations = {row.email: row for row in rows}
        for row in self.open_invitations.values():
            row.workspace = workspace
        since = timezone.now() - DAY
        recent = workspace.invitations.filter(email__in=emails, queued_at__gt=since).order_by().values("email")
        self.emails_sent = {row["email"]: row["count"] for row in recent.annotate(count=Sum("version"))}
        counts = workspace.invitations.aggregate(
            open=Count("pk", filter=Q(accepted_at=None, revoked_at=None)),
            today=Count("pk", filter=Q(created_at__gt=since)),
        )
        by_inviter = Invitation.objects.filter(inviter=by.user, created_at__gt=since).count() if by.user else 0
        self.remaining = min(
            MAX_OPEN_INVITATIONS - counts["open"],
            MAX_INVITATIONS_PER_DAY - counts["today"],
            MAX_INVITATIONS_PER_DAY - by_inviter,
        )
        self.role_reasons: dict[Role, str] = {}

    def reject(self, invitee: Invitee) -> RejectedInvitee | None:
        """Return the invitee with the reason against inviting them, or None and count the invitation."""
        email = invitee.email
        final_reason = self.membership(email) or self.email_limit(email) or self.pending_invitation(email)
        reason = final_reason or self.role(invitee.role)
        if not reason and email not in self.open_invitations:
            if self.remaining <= 0:
                limits = f"{MAX_OPEN_INVITATIONS:,} open and {MAX_INVITATIONS_PER_DAY:,} new invitations per day"
                reason = f"A workspace can have {limits}. Revoke some, or try again tomorrow."
            self.remaining -= 1
        if not reason:
            return None
        return RejectedInvitee(invitee.line, invitee.text, reason, can_be_corrected=not final_reason)

    def membership(self, email: str) -> str:
        return f"{email} is already a member of {self.workspace}." if email in self.member_emails else ""

    def email_limit(self, email: str) -> str:
        if self.emails_sent.get(email, 0) < MAX_EMAILS_PER_DAY:
            return ""
        return f"{email} was sent {MAX_EMAILS_PER_DAY} e-mails within a day. Try again tomorrow."

    def pending_invitation(self, email: str) -> str:
        invitation = self.open_invitations.get(email)
        if invitation is None or invitation.status not in {InvitationStatus.SENT, InvitationStatus.QUEUED}:
            return ""
        role = Role(invitation.role).with_article
        return f"{email} is already invited as {role}. Resend or revoke that invitation."

    def role(self, role: Role) -> str:
        if role not in self.role_reasons:
            try:
                require_authority_to_grant(role, self.workspace, by=self.by)
                self.role_reasons[role] = ""
            except (NotAllowed, Conflict) as error:
                self.role_reasons[role] = error.message
        return self.role_reasons[role]
