import uuid
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from access_tokens.api.schemas.tokens import scope_of
from workspaces import idempotency
from workspaces.api.etags import AlreadyCreated, IdempotencyKeyHeader, IfMatchHeader, etag_of, once, unless_changed
from workspaces.api.openapi import needs
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of, workspace_of
from workspaces.api.schemas.invitations import InvitationIn, InvitationOut, InvitationPage, invitation_out
from workspaces.invitations import operations
from workspaces.models import Invitation, Workspace
from workspaces.pagination.cursors import Paging, newest_first, page
from workspaces.permissions import Permission

router = Router(tags=["invitations"])
INVITATIONS = "/workspaces/{slug}/invitations"
INVITATION = INVITATIONS + "/{invitation_id}"


def managed(request: ApiRequest, slug: str) -> Workspace:
    """The caller's workspace, whose invitations those see who may invite.

    Raises: Http404; NotAllowed.
    """
    workspace = workspace_of(request, slug)
    actor_of(request).require(Permission.MANAGE_MEMBERS, workspace)
    return workspace


def invitation_of(request: ApiRequest, slug: str, invitation_id: uuid.UUID) -> Invitation:
    """Raises: Http404, if no such invitation is open in the caller's workspace; NotAllowed."""
    found = Invitation.objects.with_status(managed(request, slug)).open().select_related("workspace", "inviter")
    return get_object_or_404(found, pk=invitation_id)


def told(response: HttpResponse, invitation: Invitation) -> InvitationOut:
    """An invitation as an answer, with the ETag of its version."""
    response["ETag"] = etag_of(invitation)
    return invitation_out(invitation)


@router.get(INVITATIONS, response=InvitationPage, operation_id="list_invitations")
@needs(Permission.MANAGE_MEMBERS)
def list_invitations(request: ApiRequest, slug: str, paging: Query[Paging]) -> InvitationPage:
    """Who was invited and has not come yet, newest first."""
    rows = Invitation.objects.with_status(managed(request, slug)).open()
    items, following = page(newest_first(rows), paging, of=f"invitations:{slug}")
    return InvitationPage(items=[invitation_out(invitation) for invitation in items], next=following)


@router.post(INVITATIONS, response={HTTPStatus.CREATED: InvitationOut}, operation_id="create_invitation")
@needs(
    Permission.MANAGE_MEMBERS,
    Problem.CONFLICT,
    links=("get_invitation", "resend_invitation", "revoke_invitation"),
)
def create_invitation(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    body: InvitationIn,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Status[InvitationOut]:
    """Invite an address, with a role that is not above the caller's. The link goes there by mail, and nowhere else."""
    workspace, by = managed(request, slug), actor_of(request)

    def make() -> Invitation:
        return operations.invite_one(workspace, body.email, scope_of(body.role), message=body.message, by=by)

    try:
        made = once(request, idempotency_key, body, make, public_id=lambda one: str(one.pk)).pk
    except idempotency.DuplicateRequest as duplicate:
        made = uuid.UUID(duplicate.result_id)
        if not Invitation.objects.open().filter(pk=made).exists():
            words = "This key made an invitation which has ended since. Take a new key for another one."
            raise AlreadyCreated(words, path=None) from duplicate
    response["Location"] = f"/api/v1{INVITATION.format(slug=slug, invitation_id=made)}"
    return Status(HTTPStatus.CREATED, told(response, invitation_of(request, slug, made)))


@router.get(INVITATION, response=InvitationOut, operation_id="get_invitation")
@needs(Permission.MANAGE_MEMBERS)
def get_invitation(request: ApiRequest, response: HttpResponse, slug: str, invitation_id: uuid.UUID) -> InvitationOut:
    """One invitation, as long as it is open: neither accepted nor revoked."""
    return told(response, invitation_of(request, slug, invitation_id))


@router.post(INVITATION + "/resend", response=InvitationOut, operation_id="resend_invitation")
@needs(Permission.MANAGE_MEMBERS, Problem.CONFLICT)
def resend_invitation(
    request: ApiRequest, response: HttpResponse, slug: str, invitation_id: uuid.UUID
) -> InvitationOut:
    """Mail another link, with 7 days to go. The one before opens nothing any more."""
    operations.resend(invitation_of(request, slug, invitation_id), by=actor_of(request))
    return told(response, invitation_of(request, slug, invitation_id))


@router.delete(INVITATION, response={HTTPStatus.NO_CONTENT: None}, operation_id="revoke_invitation")
@needs(Permission.MANAGE_MEMBERS, Problem.CONFLICT)
def revoke_invitation(
    request: ApiRequest, slug: str, invitation_id: uuid.UUID, if_match: IfMatchHeader = None
) -> HttpResponse:
    """End an invitation: its link opens nothing any more."""
    invitation = invitation_of(request, slug, invitation_id)
    with unless_changed(request, if_match, lambda: invitation_of(request, slug, invitation_id)):
        operations.revoke(invitation, by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
