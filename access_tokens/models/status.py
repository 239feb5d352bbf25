"""The status of a token."""

from datetime import datetime

from django.db import models

from workspaces.permissions import is_role_available


class Status(models.TextChoices):
    """ACTIVE, or a reason why the token is rejected, the most important one first."""

    ACTIVE = "active", "Active"
    WORKSPACE_DELETED = "workspace_deleted", "Workspace deleted"
    DISABLED = "disabled", "Disabled"
    EXPIRED = "expired", "Expired"
    SCOPE_UNAVAILABLE = "scope_unavailable", "Scope off"


def find_statuses(
    *,
    workspace_deleted_at: datetime | None,
    disabled_at: datetime | None,
    expires_at: datetime | None,
    scope: int,
    available_roles: int,
    at: datetime,
) -> list[Status]:
    """Return every status that applies at `at`, in order. The first one is the token's status.

    This is the one definition of an active token. `AccessTokenQuerySet` has the same conditions as SQL.
    """
    statuses = []
    if workspace_deleted_at is not None:
        statuses.append(Status.WORKSPACE_DELETED)
    if disabled_at is not None:
        statuses.append(Status.DISABLED)
    if expires_at is not None and expires_at <= at:
        statuses.append(Status.EXPIRED)
    if not is_role_available(scope, available_roles):
        statuses.append(Status.SCOPE_UNAVAILABLE)
    return statuses or [Status.ACTIVE]
