"""Links of invitations: signed with SECRET_KEY for one version of an invitation, and stored nowhere."""

import uuid
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from workspaces.models import Invitation


class InvitationLink(NamedTuple):
    """The content of a link. Only a person who can read the e-mail for this version has it."""

    pk: uuid.UUID
    version: int


def invitation_url(invitation: Invitation) -> str:
    """Return the link of an invitation. Anyone who has it can accept, so write it only into the e-mail."""
    key = _signer().sign(f"{invitation.pk.hex}-{invitation.version}")
    return f"{settings.PUBLIC_URL}{reverse('workspaces:follow_invitation', args=[key])}"


def parse_link_key(key: str) -> InvitationLink | None:
    """Return the content of a link's last part, or None if its signature is wrong."""
    try:
        pk, version = _signer().unsign(key).split("-")
    except BadSignature:
        return None
    return InvitationLink(uuid.UUID(pk), int(version))


def _signer() -> Signer:
    return Signer(salt="workspaces.invitation", sep=".")
