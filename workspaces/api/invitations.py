import uuid
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Status

from workspaces.api.endpoints import no_content, requires
from workspaces.api.etags import IfMatchHeader, require_match, version_etag
from workspaces.api.idempotency_keys import AlreadyCreated, IdempotencyKeyHeader, create_once
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.api.schemas.invitations import InvitationIn, InvitationOut, InvitationPage, invitation_out
from workspaces.invitations import operations
from workspaces.models import Invitation, Workspace
from workspaces.pagination.cursors import PageParameters, get_page, newest_first
from workspaces.permissions import Permission, Role

router = Router(tags=["invitations"])
INVITATIONS = "/workspaces/{slug}/invitations"
INVITATION = INVITATIONS + "/{invitation_id}"
InvitationId = Annotated[
    uuid.UUID, Path(description="The invitation's ID.", examples=["5f0c6f0e-8b8a-4a55-9a58-5f4f6f1f2f77"])
]


def find_invitation(workspace: Workspace, invitation_id: uuid.UUID) -> Invitation:
    """Raises: Http404 if the workspace has no such open invitation."""
    invitations = Invitation.objects.with_status(workspace).open().select_related("workspace", "inviter")
    return get_object_or_404(invitations, pk=invitation_id)


def etag_of(invitation: Invitation) -> str:
    return version_etag(invitation.pk, invitation.version)


def respond(response: HttpResponse, invitation: Invitation) -> InvitationOut:
    response["ETag"] = etag_of(invitation)
    return invitation_out(invitation)


@router.get(INVITATIONS, response=InvitationPage, operation_id="list_invitations")
@requires(Permission.MANAGE_MEMBERS)
def list_invitations(request: ApiRequest, workspace: Workspace, parameters: Query[PageParameters]) -> InvitationPage:
    """List the open invitations of a workspace.

    The newest invitation comes first. Accepted and revoked invitations are not in the list.
    """
    rows = newest_first(Invitation.objects.with_status(workspace).open())
    page, next_cursor = get_page(rows, parameters, list_name=f"invitations:{workspace.slug}")
    return InvitationPage(items=[invitation_out(invitation) for invitation in page], next=next_cursor)


@router.post(INVITATIONS, response={HTTPStatus.CREATED: InvitationOut}, operation_id="create_invitation")
@requires(
    Permission.MANAGE_MEMBERS,
    Problem.CONFLICT,
    links=["get_invitation", "resend_invitation", "revoke_invitation"],
    headers=["ETag", "Location"],
)
def create_invitation(
    request: ApiRequest,
    response: HttpResponse,
    workspace: Workspace,
    body: InvitationIn,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Status[InvitationOut]:
    """Invite a person.

    Latchkey sends an e-mail with a link to join. The role is at most the token's scope. A repeated request with the
    same idempotency key returns the invitation that the first one created.
    """

    def create() -> uuid.UUID:
        role = Role.from_api_name(body.role)
        return operations.invite_one(workspace, body.email, role, message=body.message, by=actor_of(request)).pk

    def find_created(invitation_id: str) -> uuid.UUID:
        if Invitation.objects.open().filter(pk=invitation_id).exists():
            return uuid.UUID(invitation_id)
        detail = "The invitation created with this idempotency key is no longer open. Use a new key to create another."
        raise AlreadyCreated(detail, path=None)

    created = create_once(request, idempotency_key, body, create, public_id=str, find_created=find_created)
    response["Location"] = f"/api/v1{INVITATION.format(slug=workspace.slug, invitation_id=created)}"
    return Status(HTTPStatus.CREATED, respond(response, find_invitation(workspace, created)))


@router.get(INVITATION, response=InvitationOut, operation_id="get_invitation")
@requires(Permission.MANAGE_MEMBERS, headers=["ETag"])
def get_invitation(
    request: ApiRequest, response: HttpResponse, workspace: Workspace, invitation_id: InvitationId
) -> InvitationOut:
    """Get an open invitation.

    Accepted and revoked invitations are not found.
    """
    return respond(response, find_invitation(workspace, invitation_id))


@router.post(INVITATION + "/resend", response=InvitationOut, operation_id="resend_invitation")
@requires(Permission.MANAGE_MEMBERS, Problem.CONFLICT, headers=["ETag"])
def resend_invitation(
    request: ApiRequest, response: HttpResponse, workspace: Workspace, invitation_id: InvitationId
) -> InvitationOut:
    """Send an invitation again.

    The e-mail contains a new link, which is valid for 7 days. The previous link stops working.
    """
    operations.resend(find_invitation(workspace, invitation_id), by=actor_of(request))
    return respond(response, find_invitation(workspace, invitation_id))


@router.delete(INVITATION, response={HTTPStatus.NO_CONTENT: None}, operation_id="revoke_invitation")
@requires(Permission.MANAGE_MEMBERS, Problem.CONFLICT)
def revoke_invitation(
    request: ApiRequest, workspace: Workspace, invitation_id: InvitationId, if_match: IfMatchHeader = None
) -> HttpResponse:
    """Revoke an invitation.

    Its link stops working.
    """
    invitation = find_invitation(workspace, invitation_id)
    with require_match(request, if_match, invitation, etag_of):
        operations.revoke(invitation, by=actor_of(request))
    return no_content()
