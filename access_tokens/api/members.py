from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from access_tokens.api.paging import DEFAULT_LIMIT, Limit, page
from access_tokens.api.schemas import MemberOut, MemberPage, MemberPatch, member_out, scope_of
from access_tokens.api.workspaces import workspace_of
from access_tokens.authentication import ApiRequest, actor_of
from workspaces import operations
from workspaces.models import Membership

router = Router(tags=["members"])
MEMBERS = "/workspaces/{slug}/members"
MEMBER = MEMBERS + "/{path:email}"


def member_of(request: ApiRequest, slug: str, email: str) -> Membership:
    """Raises: Http404, if nobody with this e-mail is a member of the caller's workspace."""
    members = workspace_of(request, slug).memberships.select_related("user", "workspace")
    return get_object_or_404(members, user__email=email.replace("\0", "").lower())


@router.get(MEMBERS, response=MemberPage, operation_id="list_members")
def list_members(
    request: ApiRequest,
    slug: str,
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> MemberPage:
    rows = workspace_of(request, slug).memberships.select_related("user")
    items, following = page(rows, cursor=cursor, limit=limit, of=f"members:{slug}", by="joined_at")
    return MemberPage(items=[member_out(member) for member in items], next=following)


@router.get(MEMBER, response=MemberOut, operation_id="get_member")
def get_member(request: ApiRequest, slug: str, email: str) -> MemberOut:
    return member_out(member_of(request, slug, email))


@router.patch(MEMBER, response=MemberOut, operation_id="update_member")
def update_member(request: ApiRequest, slug: str, email: str, body: MemberPatch) -> MemberOut:
    """Give a member another role: one who stands below the caller, and a role that is not above the caller's."""
    member = member_of(request, slug, email)
    return member_out(operations.change_role(member, scope_of(body.role), by=actor_of(request)))


@router.delete(MEMBER, response={HTTPStatus.NO_CONTENT: None}, operation_id="remove_member")
def remove_member(request: ApiRequest, slug: str, email: str) -> HttpResponse:
    """End a membership. The tokens that the person made stay: they belong to the workspace."""
    operations.remove_member(member_of(request, slug, email), by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
