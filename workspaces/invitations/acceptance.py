"""Coming in by an invitation: what a link is worth at this moment, and joining by it."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.invitations.links import InvitationLink
from workspaces.models import Invitation, Membership
from workspaces.models.invitation import InvitationStatus
from workspaces.operations import join, lock_workspace
from workspaces.permissions import Role


def find(ticket: InvitationLink) -> Invitation | None:
    """The invitation of a link, with its status; None, if it is gone. Of one that has ended, what ended it counts."""
    found = Invitation.objects.select_related("workspace").filter(pk=ticket.pk).first()
    if found is None:
        return None
    return Invitation.objects.with_status(found.workspace).select_related("workspace").get(pk=ticket.pk)


def rejection_reason(invitation: Invitation | None, ticket: InvitationLink) -> str:
    """Why this link lets nobody in, in words for who holds it; "" if it does."""
    if invitation is None:
        return "This invitation is no longer there. Ask whoever invited you for a new one."
    workspace, inviter, role = invitation.workspace, invitation.inviter_public_name, Role(invitation.role)
    if invitation.accepted_at:
        return "This invitation was accepted already. A link serves once."
    if invitation.revoked_at:
        return f"This invitation was taken back. If you think that it should not have been, ask {inviter}."
    if workspace.deleted_at:
        return f"{workspace} is deleted. If it is brought back before this invitation expires, this link works again."
    if invitation.version != ticket.version:
        return "A newer mail was sent for this invitation. Use the link in that one."
    if invitation.status == InvitationStatus.EXPIRED:
        return f"This invitation expired on {invitation.expires_at:%-d %B %Y}. Ask {inviter} to send it again."
    if invitation.status == InvitationStatus.VOID:
        return (
            f"{inviter} may no longer invite {role.article} to {workspace}. Ask somebody else who manages its members."
        )
    if not workspace.is_role_available(role):
        return f"The role {role.label} is switched off in {workspace} at present. Ask {inviter} about it."
    return ""


@transaction.atomic
def accept(ticket: InvitationLink, *, by: Actor) -> Membership:
    """Make the person who acts a member by the link that they followed. A member stays with the role that they have.

    Raises: NotAllowed, if it is for another address; Conflict, with the `rejection_reason`, if there is one.
    """
    invitation = _acceptable(ticket)
    assert by.user
    if by.user.email.lower() != invitation.email:
        raise NotAllowed(f"This invitation is for {invitation.email}, and you are signed in as {by.user.email}.")
    return _admit(invitation, by.user, by=by)


@transaction.atomic
def accept_with_new_account(ticket: InvitationLink, newcomer: User, *, by: Actor) -> Membership:
    """The same for somebody without an account, whose address the link has proved.

    newcomer: with name and password, not yet saved. Raises: Conflict, also if the address has an account by now.
    """
    invitation = _acceptable(ticket)
    newcomer.email = invitation.email
    try:
        with transaction.atomic():
            newcomer.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"{invitation.email} has an account by now. Sign in with it, then accept.") from error
    newcomer.mark_email_verified()
    return _admit(invitation, newcomer, by=by)


def _acceptable(ticket: InvitationLink) -> Invitation:
    """The invitation as it is under the lock of its workspace.

    Raises: Conflict.
    """
    found = Invitation.objects.select_related("workspace").filter(pk=ticket.pk).first()
    if found:
        lock_workspace(found.workspace, allow_deleted=True)
    invitation = find(ticket)
    if words := rejection_reason(invitation, ticket):
        raise Conflict(words)
    assert invitation
    return invitation


def _admit(invitation: Invitation, user: User, *, by: Actor) -> Membership:
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    present = Membership.objects.filter(workspace=invitation.workspace, user=user).first()
    return present or join(invitation.workspace, user, invitation.role, by=by)
