"""The e-mail that invites, as text and as HTML, and what its troubles mean in words."""

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

MAX_REASON_LENGTH = 160
PASSING = range(400, 500)
"""Replies that ask to try again later (RFC 5321, 4.2.1)."""


def compose(invitation: Invitation) -> EmailMultiAlternatives:
    """The e-mail of an invitation's present version. Answers to it go to the person who invited."""
    role = Role(invitation.role)
    context = {
        "invitation": invitation,
        "workspace": invitation.workspace,
        "role": role,
        "inviter": " ".join(invitation.inviter_public_name.split()),
        "link": invitation_url(invitation),
        "public_url": settings.PUBLIC_URL,
    }
    is_by_person = invitation.inviter_type == ActorType.MEMBER
    mail = EmailMultiAlternatives(
        f"[Latchkey] {context['inviter']} invites you to {invitation.workspace.name}",
        render_to_string("workspaces/email/invitation.txt", context),
        to=[invitation.email],
        reply_to=[invitation.inviter_name] if is_by_person else None,
    )
    mail.attach_alternative(render_to_string("workspaces/email/invitation.html", context), "text/html")
    return mail


class Trouble(NamedTuple):
    """Why a mail could not be sent, for who invited. `is_passing`: it may go later."""

    words: str
    is_passing: bool


def trouble_of(error: Exception) -> Trouble:
    """What an exception of sending means. No word of what was sent is in it, lest a server echoes the link.

    What a server says to the recipient alone came before the content was sent, and is told (RFC 5321, 3.3).
    """
    match error:
        case SMTPRecipientsRefused():
            [(code, reason)] = error.recipients.values()
            return Trouble(
                f"The mail server does not take mail for this address: {code} {_plain(reason)}", code in PASSING
            )
        case SMTPServerDisconnected():
            return Trouble("The connection to the mail server was lost.", True)
        case SMTPResponseException():
            code = error.smtp_code
            return Trouble(f"The mail server refused the mail, with the code {code}.", code in PASSING)
        case OSError() if not isinstance(error, SMTPException):
            return Trouble("The mail server can't be reached.", True)
    return Trouble(
        "The mail could not be made or sent. The operator of this Latchkey finds the reason in the log.", False
    )


def _plain(reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return Truncator(" ".join(text.split())).chars(MAX_REASON_LENGTH)
