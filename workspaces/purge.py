"""Deletion of this app's data past its retention, by `manage.py daily`. Each function returns the number deleted."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from workspaces.actors import Actor
from workspaces.credentials import get_credentials
from workspaces.models import Event, Invitation, Workspace
from workspaces.operations.workspace_deletion import purge_workspace

INVITATION_RETENTION = timedelta(days=30)
BATCH_SIZE = 500
PURGE_ACTOR = Actor.system("manage.py daily")


def purge_events() -> int:
    """Delete events older than EVENT_RETENTION_DAYS. 0 days keeps them forever."""
    days: int | None = settings.EVENT_RETENTION_DAYS
    return Event.objects.purge_before(timezone.now() - timedelta(days=days)) if days else 0


def purge_invitations() -> int:
    """Delete invitations that expired more than `INVITATION_RETENTION` ago, accepted or not."""
    count, _ = Invitation.objects.filter(expires_at__lt=timezone.now() - INVITATION_RETENTION).delete()
    return count


def purge_workspaces() -> int:
    """Delete the workspaces that can no longer be restored, and everything in them except their events.

    An interrupted run leaves the rest to the next one.
    """
    workspaces = list(Workspace.objects.due_for_purge())
    for workspace in workspaces:
        get_credentials().delete_all(workspace)
        delete_in_batches(workspace.projects.all())
        delete_in_batches(workspace.memberships.all())
        purge_workspace(workspace, by=PURGE_ACTOR)
    return len(workspaces)


def delete_in_batches(rows: QuerySet[Any]) -> None:
    """Delete rows in batches, each in a transaction of its own, so that no transaction takes long."""
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE]):
        rows.filter(pk__in=keys).delete()
