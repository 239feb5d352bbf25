"""The link of an invitation: signed with the SECRET_KEY, for one version of it, and kept nowhere."""

import uuid
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from workspaces.models import Invitation

SALT = "workspaces.invitation"


class InvitationLink(NamedTuple):
    """What a link that was followed proves: who holds it can read the mail that was sent for this version."""

    pk: uuid.UUID
    version: int


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")


def invitation_url(invitation: Invitation) -> str:
    """The address to be mailed. Whoever has it can accept, so it goes into the mail and nowhere else."""
    key = _signer().sign(f"{invitation.pk.hex}-{invitation.version}")
    return f"{settings.PUBLIC_URL}{reverse('workspaces:follow_invitation', args=[key])}"


def parse_link_key(key: str) -> InvitationLink | None:
    """What the last part of a link says; None, if it is not one of ours as we made it."""
    try:
        pk, version = _signer().unsign(key).split("-")
    except BadSignature:
        return None
    return InvitationLink(uuid.UUID(pk), int(version))
