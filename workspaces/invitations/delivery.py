"""Delivery of invitation e-mails by the background worker."""

from datetime import timedelta

import structlog
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from workspaces.invitations.mail import compose, explain_failure
from workspaces.models import Invitation
from workspaces.models.invitation import InvitationStatus

RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Delays before another attempt after a temporary failure. After the last one, delivery is given up."""

log = structlog.get_logger("latchkey.invitations")


@task
def deliver(pk: str, version: int, failed_attempts: int = 0) -> None:
    """Send the e-mail of one version of an invitation, unless it was sent or is no longer of use.

    The task queue stores the arguments, so they contain no secret: the link is made here.
    """
    rows = Invitation.objects.queued().filter(pk=pk, version=version)
    queued = rows.select_related("workspace").first()
    if queued is None:
        return
    invitation = Invitation.objects.with_status(queued.workspace).select_related("workspace").get(pk=pk)
    if invitation.status != InvitationStatus.QUEUED:
        return
    if invitation.workspace.deleted_at:
        rows.update(failed_at=timezone.now(), failure="The workspace was deleted before this e-mail was sent.")
        return
    try:
        compose(invitation).send()
    except Exception as error:
        _record_failure(invitation, error, failed_attempts)
    else:
        rows.update(sent_at=timezone.now(), failure="")


def queue(invitation: Invitation) -> None:
    """Queue the e-mail of an invitation, to be sent after the transaction."""
    deliver.enqueue(str(invitation.pk), invitation.version)


@transaction.atomic
def _record_failure(invitation: Invitation, error: Exception, failed_attempts: int) -> None:
    """Save and log a failure, and schedule another attempt if it is temporary."""
    failure, now = explain_failure(error), timezone.now()
    is_final = not failure.is_temporary or failed_attempts >= len(RETRY_DELAYS)
    log.warning(
        "invitation.not_sent",
        invitation=str(invitation.pk),
        attempts=failed_attempts + 1,
        given_up=is_final,
        error=type(error).__name__,
        code=getattr(error, "smtp_code", None),
        exc_info=None if isinstance(error, OSError) else error,
    )
    rows = Invitation.objects.queued().filter(pk=invitation.pk, version=invitation.version)
    if rows.update(failure=failure.message, failed_at=now if is_final else None) and not is_final:
        later = deliver.using(run_after=now + RETRY_DELAYS[failed_attempts])
        later.enqueue(str(invitation.pk), invitation.version, failed_attempts + 1)
