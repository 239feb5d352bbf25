"""Invitations, as they go over the wire. Their links are in the mail and nowhere else."""

import uuid
from typing import Annotated, Literal, cast

from ninja import Schema
from pydantic import ConfigDict, Field

from workspaces.api.schemas.common import Instant, Page, RequestBody, example, page_example
from workspaces.invitations.address_lists import MAX_EMAIL_LENGTH
from workspaces.models import Invitation
from workspaces.models.invitation import MAX_MESSAGE_LENGTH
from workspaces.permissions import Role, RoleName

type Status = Literal["expired", "void", "sent", "failed", "queued"]

ADA = {
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
    """An address that was asked to join with a role.

    `status`: `queued` until the mail server took the mail, then `sent`; `failed` if it did not; `expired` after 7 days;
    `void` while who invited could not give that role any more. `failure`: why the last try to send it failed.
    """

    model_config = ConfigDict(json_schema_extra=example(**ADA))

    id: uuid.UUID
    email: str
    role: RoleName
    message: str
    status: Status
    failure: str
    invited_by: str
    invited_at: Instant
    sent_at: Instant | None
    expires_at: Instant


class InvitationIn(RequestBody):
    """Whom to invite. `message` stands in the mail."""

    model_config = ConfigDict(
        json_schema_extra=example(email="ada@northwind.example", role="team_member", message="Welcome aboard!")
    )

    email: Annotated[str, Field(max_length=MAX_EMAIL_LENGTH, json_schema_extra={"format": "email"})]
    role: RoleName
    message: Annotated[str, Field(max_length=MAX_MESSAGE_LENGTH)] = ""


class InvitationPage(Page[InvitationOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**ADA))


def invitation_out(invitation: Invitation) -> InvitationOut:
    """invitation: with its stage."""
    return InvitationOut(
        id=invitation.pk,
        email=invitation.email,
        role=Role(invitation.role).api_name,
        message=invitation.message,
        status=cast("Status", invitation.status),
        failure=invitation.failure,
        invited_by=invitation.inviter_name,
        invited_at=invitation.queued_at,
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
    )
