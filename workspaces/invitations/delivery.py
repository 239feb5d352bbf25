"""Sending the mail of invitations: a task for the worker, which is told which one, and makes the link itself."""

from datetime import timedelta

import structlog
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from workspaces.invitations.mail import compose, trouble_of
from workspaces.models import Invitation
from workspaces.models.invitation import InvitationStatus

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Until a mail is tried again that could not be sent for a reason that may pass. Then it is given up."""

log = structlog.get_logger("latchkey.invitations")


@task
def deliver(pk: str, version: int, tries: int = 0) -> None:
    """Send the mail of one version of an invitation, unless it was sent, has ended, or is of no use any more.

    Its arguments are kept in the database: no secret may be among them. tries: how many have failed.
    """
    waiting = Invitation.objects.queued().filter(pk=pk, version=version)
    found = waiting.select_related("workspace").first()
    if found is None:
        return
    invitation = Invitation.objects.with_status(found.workspace).select_related("workspace").get(pk=pk)
    if invitation.status != InvitationStatus.QUEUED:
        return
    if invitation.workspace.deleted_at:
        waiting.update(failed_at=timezone.now(), failure="The workspace was deleted before this mail went out.")
        return
    try:
        compose(invitation).send()
    except Exception as error:
        _note_failure(invitation, error, tries)
    else:
        waiting.update(sent_at=timezone.now(), failure="")


def queue(invitation: Invitation) -> None:
    """Let the mail of an invitation go out, once the transaction is through."""
    deliver.enqueue(str(invitation.pk), invitation.version)


@transaction.atomic
def _note_failure(invitation: Invitation, error: Exception, tries: int) -> None:
    trouble, now = trouble_of(error), timezone.now()
    is_over = not trouble.is_passing or tries >= len(PAUSES)
    log.warning(
        "invitation.not_sent",
        invitation=str(invitation.pk),
        tries=tries + 1,
        given_up=is_over,
        error=type(error).__name__,
        code=getattr(error, "smtp_code", None),
        exc_info=None if isinstance(error, OSError) else error,
    )
    same = Invitation.objects.queued().filter(pk=invitation.pk, version=invitation.version)
    if same.update(failure=trouble.words, failed_at=now if is_over else None) and not is_over:
        later = deliver.using(run_after=now + PAUSES[tries])
        later.enqueue(str(invitation.pk), invitation.version, tries + 1)
