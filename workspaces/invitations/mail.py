"""The invitation e-mail, and what errors of sending it mean."""

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.text import Truncator

from workspaces.actors import ActorType
from workspaces.invitations.links import invitation_url
from workspaces.models import Invitation
from workspaces.permissions import Role

MAX_REPLY_LENGTH = 160
TEMPORARY_CODES = range(400, 500)
"""SMTP replies that ask to try again later (RFC 5321, section 4.2.1)."""


def compose(invitation: Invitation) -> EmailMultiAlternatives:
    """Return the e-mail for an invitation's present version. Replies go to the member who sent the invitation."""
    inviter = " ".join(invitation.inviter_public_name.split())
    context = {
        "invitation": invitation,
        "workspace": invitation.workspace,
        "role": Role(invitation.role),
        "inviter": inviter,
        "link": invitation_url(invitation),
        "public_url": settings.PUBLIC_URL,
    }
    mail = EmailMultiAlternatives(
        f"[Latchkey] {inviter} invites you to {invitation.workspace.name}",
        render_to_string("workspaces/email/invitation.txt", context),
        to=[invitation.email],
        reply_to=[invitation.inviter_name] if invitation.inviter_type == ActorType.MEMBER else None,
    )
    mail.attach_alternative(render_to_string("workspaces/email/invitation.html", context), "text/html")
    return mail


class DeliveryFailure(NamedTuple):
    """Why an e-mail could not be sent, for the inviter to read. `is_temporary`: another attempt could succeed."""

    message: str
    is_temporary: bool


def explain_failure(error: Exception) -> DeliveryFailure:
    """Return what an exception of sending means.

    The message contains what the server says about the recipient, which it says before it receives the content
    (RFC 5321, section 3.3). Other replies could quote the content, and so the link.
    """
    match error:
        case SMTPRecipientsRefused():
            [(code, reply)] = error.recipients.values()
            message = f"The mail server rejected this address: {code} {_plain_text(reply)}"
            return DeliveryFailure(message, code in TEMPORARY_CODES)
        case SMTPServerDisconnected():
            return DeliveryFailure("The connection to the mail server was lost.", True)
        case SMTPResponseException():
            code = error.smtp_code
            return DeliveryFailure(f"The mail server rejected the e-mail with code {code}.", code in TEMPORARY_CODES)
        case OSError() if not isinstance(error, SMTPException):
            return DeliveryFailure("The mail server can't be reached.", True)
    return DeliveryFailure("The e-mail could not be sent. Ask your operator to look for the cause in the log.", False)


def _plain_text(reply: bytes | str) -> str:
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    return Truncator(" ".join(text.split())).chars(MAX_REPLY_LENGTH)
