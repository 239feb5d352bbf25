from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from access_tokens.api.schemas.tokens import scope_of
from workspaces import operations
from workspaces.api.etags import IfMatchHeader, etag_of, unless_changed
from workspaces.api.openapi import needs
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of, without_nul, workspace_of
from workspaces.api.schemas.workspaces import MemberOut, MemberPage, MemberPatch, member_out
from workspaces.models import Membership
from workspaces.pagination.cursors import Paging, newest_first, page
from workspaces.permissions import Permission

router = Router(tags=["members"])
MEMBERS = "/workspaces/{slug}/members"
MEMBER = MEMBERS + "/{path:email}"


def member_of(request: ApiRequest, slug: str, email: str) -> Membership:
    """Raises: Http404, if nobody with this e-mail is a member of the caller's workspace."""
    members = workspace_of(request, slug).memberships.select_related("user", "workspace")
    return get_object_or_404(members, user__email=without_nul(email).lower())


def told(response: HttpResponse, member: Membership) -> MemberOut:
    """A member as an answer, with the ETag of their membership's version."""
    shown = member_out(member)
    response["ETag"] = etag_of(shown)
    return shown


@router.get(MEMBERS, response=MemberPage, operation_id="list_members")
@needs(Permission.VIEW_WORKSPACE)
def list_members(request: ApiRequest, slug: str, paging: Query[Paging]) -> MemberPage:
    """Who belongs to the workspace, with their role. Who joined last comes first."""
    rows = workspace_of(request, slug).memberships.select_related("user")
    items, following = page(newest_first(rows, by="joined_at"), paging, of=f"members:{slug}")
    return MemberPage(items=[member_out(member) for member in items], next=following)


@router.get(MEMBER, response=MemberOut, operation_id="get_member")
@needs(Permission.VIEW_WORKSPACE)
def get_member(request: ApiRequest, response: HttpResponse, slug: str, email: str) -> MemberOut:
    """One member, by their e-mail."""
    return told(response, member_of(request, slug, email))


@router.patch(MEMBER, response=MemberOut, operation_id="update_member")
@needs(Permission.MANAGE_MEMBERS, Problem.NOT_ALLOWED, Problem.CONFLICT)
def update_member(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    email: str,
    body: MemberPatch,
    if_match: IfMatchHeader = None,
) -> MemberOut:
    """Give a member another role: one who stands below the caller, and a role that is not above the caller's."""
    member = member_of(request, slug, email)
    with unless_changed(request, if_match, lambda: member_out(member_of(request, slug, email))):
        return told(response, operations.change_role(member, scope_of(body.role), by=actor_of(request)))


@router.delete(MEMBER, response={HTTPStatus.NO_CONTENT: None}, operation_id="remove_member")
@needs(Permission.MANAGE_MEMBERS, Problem.NOT_ALLOWED, Problem.CONFLICT)
def remove_member(request: ApiRequest, slug: str, email: str, if_match: IfMatchHeader = None) -> HttpResponse:
    """End a membership. The tokens that the person made stay: they belong to the workspace."""
    member = member_of(request, slug, email)
    with unless_changed(request, if_match, lambda: member_out(member_of(request, slug, email))):
        operations.remove_member(member, by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
