from typing import Any

from django.http import HttpRequest

from accounts.models import User
from workspaces.models import Membership
from workspaces.permissions import Permission


def sidebar(request: HttpRequest) -> dict[str, Any]:
    """The workspaces of the signed-in person, read only if a page draws them, and what they may open in this one."""
    user = getattr(request, "user", None)
    here: Membership | None = getattr(request, "membership", None)
    return {
        "memberships": Membership.objects.for_user(user) if isinstance(user, User) else (),
        "can_read_events": here is not None and here.has_permission(Permission.VIEW_EVENTS),
    }
