"""What every console page of a workspace begins with: who is here, in which role, and may they."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from workspaces.actors import Actor
from workspaces.errors import WorkspaceDeleted
from workspaces.models import Membership, Workspace
from workspaces.permissions import Permission

LAST_VISITED = "workspace"
"""In the session: the workspace whose page was opened last."""


class ConsoleRequest(HttpRequest):
    """A signed-in member's request: `membership` was read for this very request."""

    user: User
    htmx: HtmxDetails
    membership: Membership
    actor: Actor


type WorkspaceView[**P] = Callable[Concatenate[ConsoleRequest, Workspace, P], HttpResponseBase]


def note_visit(request: ConsoleRequest) -> None:
    """Keep when the member was here last: at once where they came from another workspace, else every few minutes."""
    membership, now = request.membership, timezone.now()
    is_here_still = request.session.get(LAST_VISITED) == membership.workspace_id
    if is_here_still and membership.last_seen_at and now - membership.last_seen_at < Membership.LAST_SEEN_PRECISION:
        return
    if not is_here_still:
        request.session[LAST_VISITED] = membership.workspace_id
    membership.last_seen_at = now
    Membership.objects.filter(pk=membership.pk).update(last_seen_at=now)


def deleted_page(request: ConsoleRequest) -> HttpResponse:
    """Until when a deleted workspace can be brought back, for who may.

    Raises: Http404, for others, and for whatever else was asked of it.
    """
    workspace = request.membership.workspace
    may_restore = request.membership.has_permission(Permission.DELETE_WORKSPACE) and workspace.is_restorable()
    if request.htmx or request.method not in {"GET", "HEAD"} or not may_restore:
        raise Http404("There is no such workspace any more.")
    return render(request, "workspaces/deleted.html", {"deleted": workspace}, status=HTTPStatus.GONE)


def workspace_page[**P](
    permission: Permission = Permission.VIEW_WORKSPACE, *, is_visit: bool = True, allow_deleted: bool = False
) -> Callable[[WorkspaceView[P]], Callable[..., HttpResponseBase]]:
    """A view of one workspace, found by the `slug` of its URL, for members who have `permission` there.

    is_visit: do they come by themselves? A page that asks on its own does not show that somebody is there.
    allow_deleted: is it there in a deleted workspace, too? Other views show who may bring it back how they can.

    Raises: Http404, if there is no such workspace or the person is no member: the two look the same; NotAllowed.
    """

    def decorate(view: WorkspaceView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapped(request: ConsoleRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            found = Membership.objects.select_related("workspace", "user")
            membership = found.filter(user=request.user, workspace__slug=slug).first()
            if membership is None:
                raise Http404("There is no such workspace.")
            request.membership = membership
            request.actor = Actor.member(membership, request)
            may_restore = allow_deleted and membership.has_permission(permission)
            if membership.workspace.deleted_at is not None and not may_restore:
                return deleted_page(request)
            if is_visit:
                note_visit(request)
            request.actor.require(permission, membership.workspace)
            try:
                return view(request, membership.workspace, *args, **kwargs)
            except (ObjectDoesNotExist, WorkspaceDeleted) as gone:
                raise Http404("It went meanwhile.") from gone

        return wrapped

    return decorate
