"""Access to the console's pages of a workspace: membership, actor and permission."""

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
"""The session key of the workspace that was visited last."""


class ConsoleRequest(HttpRequest):
    """A request of a signed-in member. `membership` was read for this request."""

    user: User
    htmx: HtmxDetails
    membership: Membership
    actor: Actor


type WorkspaceView[**P] = Callable[Concatenate[ConsoleRequest, Workspace, P], HttpResponseBase]


def record_visit(request: ConsoleRequest) -> None:
    """Store when the member was last seen: immediately after a change of workspace, else every few minutes."""
    membership, now = request.membership, timezone.now()
    is_same_workspace = request.session.get(LAST_VISITED) == membership.workspace_id
    if is_same_workspace and membership.last_seen_at and now - membership.last_seen_at < Membership.LAST_SEEN_PRECISION:
        return
    if not is_same_workspace:
        request.session[LAST_VISITED] = membership.workspace_id
    membership.last_seen_at = now
    Membership.objects.filter(pk=membership.pk).update(last_seen_at=now)


def deleted_workspace_page(request: ConsoleRequest) -> HttpResponse:
    """Show members who can restore a deleted workspace until when they can.

    Raises: Http404 for other members, and for other requests.
    """
    workspace = request.membership.workspace
    can_restore = request.membership.has_permission(Permission.DELETE_WORKSPACE) and workspace.is_restorable()
    if request.htmx or request.method not in {"GET", "HEAD"} or not can_restore:
        raise Http404("This workspace was deleted.")
    return render(request, "workspaces/deleted_workspace.html", {"deleted": workspace}, status=HTTPStatus.GONE)


def workspace_page[**P](
    permission: Permission = Permission.VIEW_WORKSPACE, *, counts_as_visit: bool = True, allow_deleted: bool = False
) -> Callable[[WorkspaceView[P]], Callable[..., HttpResponseBase]]:
    """Decorate a view of one workspace, named by the `slug` of its URL, for members who have `permission`.

    counts_as_visit: False for requests that a page sends by itself, which don't show that the member is there.
    allow_deleted: whether the view also works in a deleted workspace.

    The view raises Http404 if the workspace does not exist or the user is not a member, which look the same, and
    NotAllowed without the permission.
    """

    def decorate(view: WorkspaceView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapped(request: ConsoleRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            memberships = Membership.objects.select_related("workspace", "user")
            membership = memberships.filter(user=request.user, workspace__slug=slug).first()
            if membership is None:
                raise Http404("There is no such workspace.")
            request.membership = membership
            request.actor = Actor.member(membership, request)
            can_restore = allow_deleted and membership.has_permission(permission)
            if membership.workspace.deleted_at is not None and not can_restore:
                return deleted_workspace_page(request)
            if counts_as_visit:
                record_visit(request)
            request.actor.require(permission, membership.workspace)
            try:
                return view(request, membership.workspace, *args, **kwargs)
            except (ObjectDoesNotExist, WorkspaceDeleted) as error:
                raise Http404("It was deleted in the meantime.") from error

        wrapped.permission = permission  # type: ignore[attr-defined] # tests/test_permission_table.py reads it
        return wrapped

    return decorate
