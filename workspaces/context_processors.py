from typing import Any

from django.http import HttpRequest

from accounts.models import User
from workspaces.models import Membership


def sidebar(request: HttpRequest) -> dict[str, Any]:
    """The workspaces of the signed-in person, read only if a page draws them."""
    user = getattr(request, "user", None)
    return {"memberships": Membership.objects.of(user) if isinstance(user, User) else ()}
