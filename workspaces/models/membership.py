from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from workspaces.models.workspace import Workspace
from workspaces.permissions import MINIMUM_ROLE, Permission, Role, role_has_permission


class MembershipQuerySet(models.QuerySet["Membership"]):
    def for_user(self, user: User) -> Self:
        """Filter a user's memberships in workspaces that are not deleted, ordered by workspace name."""
        return self._ordered_for_user(user).filter(workspace__deleted_at=None)

    def restorable_by(self, user: User) -> Self:
        """Filter a user's memberships in deleted workspaces that they can restore, ordered by workspace name."""
        restorable = Workspace.objects.restorable()
        return self._ordered_for_user(user).filter(
            role__gte=MINIMUM_ROLE[Permission.DELETE_WORKSPACE], workspace__in=restorable
        )

    def _ordered_for_user(self, user: User) -> Self:
        return self.filter(user=user).select_related("workspace").order_by("workspace__name", "workspace_id")

    def active_owners(self) -> Self:
        """Filter Owners who can sign in. A deactivated user doesn't count as a workspace's last Owner."""
        return self.filter(role=Role.OWNER, user__is_active=True)


class Membership(models.Model):
    """A user's role in a workspace.

    last_seen_at: when they last opened a page of the workspace, with a precision of `LAST_SEEN_PRECISION`.
    table_columns: the columns they chose for each table of the workspace, by table name.
    """

    LAST_SEEN_PRECISION = timedelta(minutes=5)

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    table_columns = models.JSONField(default=dict, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_is_one_per_user_and_workspace"),
            models.CheckConstraint(name="membership_role_is_known", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"

    def has_permission(self, permission: Permission) -> bool:
        return role_has_permission(Role(self.role), permission)
