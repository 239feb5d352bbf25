"""Acceptance of invitations."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.invitations.links import InvitationLink
from workspaces.models import Invitation, Membership
from workspaces.models.invitation import InvitationStatus
from workspaces.operations import create_membership, lock_workspace
from workspaces.permissions import Role


def find_invitation(link: InvitationLink) -> Invitation | None:
    """Return the invitation of a link with its status, even if it is accepted or revoked, or None if it is deleted."""
    invitation = Invitation.objects.select_related("workspace").filter(pk=link.pk).first()
    if invitation is None:
        return None
    return Invitation.objects.with_status(invitation.workspace).select_related("workspace").get(pk=link.pk)


def explain_rejection(invitation: Invitation | None, link: InvitationLink) -> str:
    """Return why this link can't be accepted, for the person who opened it, or "" if it can."""
    if invitation is None:
        return "This invitation no longer exists. Ask the person who invited you to send a new one."
    workspace, inviter, role = invitation.workspace, invitation.inviter_public_name, Role(invitation.role)
    if invitation.accepted_at:
        return "This invitation was already accepted. A link works only once."
    if invitation.revoked_at:
        return f"This invitation was revoked. If you think that this is a mistake, contact {inviter}."
    if workspace.deleted_at:
        return f"{workspace} is deleted. If it is restored before this invitation expires, this link works again."
    if invitation.version != link.version:
        return "This invitation was sent again. Use the link in the latest e-mail."
    if invitation.status == InvitationStatus.EXPIRED:
        return f"This invitation expired on {invitation.expires_at:%-d %B %Y}. Ask {inviter} to send it again."
    if invitation.status == InvitationStatus.VOID:
        return f"{inviter} can no longer invite {role.with_article} to {workspace}. Ask another member to invite you."
    if not workspace.is_role_available(role):
        return f"The role {role.label} is switched off in {workspace}. Ask {inviter} to invite you with another role."
    return ""


@transaction.atomic
def accept(link: InvitationLink, *, by: Actor) -> Membership:
    """Make the actor a member. If they are one already, they keep their role.

    Raises: NotAllowed if the invitation is for another address; Conflict if the link can't be accepted.
    """
    invitation = _lock_acceptable(link)
    assert by.user
    if by.user.email.lower() != invitation.email:
        raise NotAllowed(f"This invitation is for {invitation.email}, but you are signed in as {by.user.email}.")
    return _accept(invitation, by.user, by=by)


@transaction.atomic
def accept_with_new_account(link: InvitationLink, user: User, *, by: Actor) -> Membership:
    """Create the account of a person without one, whose address the link has verified, and make them a member.

    user: unsaved, with a name and a password. Raises: Conflict, also if the address has an account.
    """
    invitation = _lock_acceptable(link)
    user.email = invitation.email
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"{invitation.email} already has an account. Sign in, then accept the invitation.") from error
    user.mark_email_verified()
    return _accept(invitation, user, by=by)


def _lock_acceptable(link: InvitationLink) -> Invitation:
    """Lock the workspace and return the invitation. Raises: Conflict if it can't be accepted."""
    found = Invitation.objects.select_related("workspace").filter(pk=link.pk).first()
    if found:
        lock_workspace(found.workspace, allow_deleted=True)
    invitation = find_invitation(link)
    if message := explain_rejection(invitation, link):
        raise Conflict(message)
    assert invitation
    return invitation


def _accept(invitation: Invitation, user: User, *, by: Actor) -> Membership:
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    membership = Membership.objects.filter(workspace=invitation.workspace, user=user).first()
    return membership or create_membership(invitation.workspace, user, invitation.role, by=by)
