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
        """Where `user` is a member, by the name of the workspace. Workspaces that are deleted are not among them."""
        return self._memberships_of(user).filter(workspace__deleted_at=None)

    def restorable_by(self, user: User) -> Self:
        """Where `user` may bring back the workspace, which is deleted."""
        restorable = Workspace.objects.restorable()
        return self._memberships_of(user).filter(
            role__gte=MINIMUM_ROLE[Permission.DELETE_WORKSPACE], workspace__in=restorable
        )

    def _memberships_of(self, user: User) -> Self:
        return self.filter(user=user).select_related("workspace").order_by("workspace__name", "workspace_id")

    def active_owners(self) -> Self:
        """Owners who can sign in: one who is deactivated does not keep a workspace from being orphaned."""
        return self.filter(role=Role.OWNER, user__is_active=True)


class Membership(models.Model):
    """A user's one role in a workspace, and what they chose to see there (`table_columns`: table name to columns).

    last_seen_at: when they last opened a page of the workspace, to within `LAST_SEEN_PRECISION`.
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
