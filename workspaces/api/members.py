from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router

from workspaces import operations
from workspaces.api.endpoints import no_content, requires
from workspaces.api.etags import IfMatchHeader, content_etag, require_match
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of, reject_nul
from workspaces.api.schemas.members import MemberOut, MemberPage, MemberPatch, member_out
from workspaces.models import Membership, Workspace
from workspaces.pagination.cursors import PageParameters, get_page, newest_first
from workspaces.permissions import Permission, Role

router = Router(tags=["members"])
MEMBERS = "/workspaces/{slug}/members"
MEMBER = MEMBERS + "/{path:email}"
MemberEmail = Annotated[str, Path(description="The member's e-mail.", examples=["priya@northwind.example"])]


def find_member(workspace: Workspace, email: str) -> Membership:
    """Raises: Http404 if the workspace has no member with this e-mail."""
    members = workspace.memberships.select_related("user", "workspace")
    return get_object_or_404(members, user__email=reject_nul(email).lower())


def etag_of(member: Membership) -> str:
    return content_etag(member_out(member))


def respond(response: HttpResponse, member: Membership) -> MemberOut:
    response["ETag"] = etag_of(member)
    return member_out(member)


@router.get(MEMBERS, response=MemberPage, operation_id="list_members")
@requires(Permission.VIEW_WORKSPACE)
def list_members(request: ApiRequest, workspace: Workspace, parameters: Query[PageParameters]) -> MemberPage:
    """List the members of a workspace.

    The member who joined last comes first.
    """
    rows = workspace.memberships.select_related("user")
    page, next_cursor = get_page(newest_first(rows, by="joined_at"), parameters, list_name=f"members:{workspace.slug}")
    return MemberPage(items=[member_out(member) for member in page], next=next_cursor)


@router.get(MEMBER, response=MemberOut, operation_id="get_member")
@requires(Permission.VIEW_WORKSPACE, headers=["ETag"])
def get_member(request: ApiRequest, response: HttpResponse, workspace: Workspace, email: MemberEmail) -> MemberOut:
    """Get a member.

    Returns the member's name and role.
    """
    return respond(response, find_member(workspace, email))


@router.patch(MEMBER, response=MemberOut, operation_id="update_member")
@requires(Permission.MANAGE_MEMBERS, Problem.NOT_ALLOWED, Problem.CONFLICT, headers=["ETag"])
def update_member(
    request: ApiRequest,
    response: HttpResponse,
    workspace: Workspace,
    email: MemberEmail,
    body: MemberPatch,
    if_match: IfMatchHeader = None,
) -> MemberOut:
    """Change a member's role.

    The member's role must be lower than the token's scope, and the new role at most the scope. Owners can change other
    Owners too. The last Owner keeps the role.
    """
    member = find_member(workspace, email)
    with require_match(request, if_match, member, etag_of):
        role = Role.from_api_name(body.role)
        return respond(response, operations.change_role(member, role, by=actor_of(request)))


@router.delete(MEMBER, response={HTTPStatus.NO_CONTENT: None}, operation_id="remove_member")
@requires(Permission.MANAGE_MEMBERS, Problem.NOT_ALLOWED, Problem.CONFLICT)
def remove_member(
    request: ApiRequest, workspace: Workspace, email: MemberEmail, if_match: IfMatchHeader = None
) -> HttpResponse:
    """Remove a member.

    Tokens that the member created keep working: they belong to the workspace. The last Owner can't be removed.
    """
    member = find_member(workspace, email)
    with require_match(request, if_match, member, etag_of):
        operations.remove_member(member, by=actor_of(request))
    return no_content()
