import uuid
from datetime import datetime
from typing import Annotated, Literal, cast

from ninja import Schema
from pydantic import ConfigDict, Field

from workspaces.api.schemas.common import Page, RequestBody, example, page_example
from workspaces.invitations.address_lists import MAX_EMAIL_LENGTH
from workspaces.models import Invitation
from workspaces.models.invitation import MAX_MESSAGE_LENGTH
from workspaces.permissions import Role, RoleName

type InvitationStatus = Literal["expired", "void", "sent", "failed", "queued"]

INVITATION_EXAMPLE = {
    "id": "5f0c6f0e-8b8a-4a55-9a58-5f4f6f1f2f77",
    "email": "ada@northwind.example",
    "role": "team_member",
    "message": "Welcome aboard!",
    "status": "sent",
    "failure": "",
    "invited_by": "priya@northwind.example",
    "invited_at": "2026-11-24T09:30:00Z",
    "sent_at": "2026-11-24T09:30:02Z",
    "expires_at": "2026-12-01T09:30:00Z",
}


class InvitationOut(Schema):
    """An open invitation. Its link is only in the e-mail.

    `status` is `queued` until the mail server accepts the e-mail, then `sent`; `failed` if the e-mail can't be sent,
    with the reason in `failure`; `expired` after `expires_at`; and `void` while the inviter can't grant the role.
    """

    model_config = ConfigDict(json_schema_extra=example(**INVITATION_EXAMPLE))

    id: uuid.UUID
    email: str
    role: RoleName
    message: str
    status: InvitationStatus
    failure: str
    invited_by: str
    invited_at: datetime
    sent_at: datetime | None
    expires_at: datetime


class InvitationIn(RequestBody):
    """A new invitation. The e-mail includes `message`."""

    model_config = ConfigDict(
        json_schema_extra=example(email="ada@northwind.example", role="team_member", message="Welcome aboard!")
    )

    email: Annotated[str, Field(max_length=MAX_EMAIL_LENGTH, json_schema_extra={"format": "email"})]
    role: RoleName
    message: Annotated[str, Field(max_length=MAX_MESSAGE_LENGTH)] = ""


class InvitationPage(Page[InvitationOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**INVITATION_EXAMPLE))


def invitation_out(invitation: Invitation) -> InvitationOut:
    """Return the response body for an invitation of `Invitation.objects.with_status()`."""
    return InvitationOut(
        id=invitation.pk,
        email=invitation.email,
        role=Role(invitation.role).api_name,
        message=invitation.message,
        status=cast("InvitationStatus", invitation.status),
        failure=invitation.failure,
        invited_by=invitation.inviter_name,
        invited_at=invitation.queued_at,
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
    )
