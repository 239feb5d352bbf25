"""Deleted workspaces whose time is over go for good: their tokens first, in batches, lest one transaction grow long."""

from typing import Any

from django.db.models import QuerySet

from workspaces.actors import Actor
from workspaces.models import Workspace
from workspaces.operations.workspace_deletion import remove_workspace

BATCH = 500
BY = Actor.system("manage.py daily")


def remove_due_workspaces() -> int:
    """Remove the workspaces that were deleted long enough ago. Returns how many.

    What one run was kept from, the next one does. Nobody brings one back meanwhile: its time for that is over.
    """
    due = list(Workspace.objects.due())
    for workspace in due:
        for rows in (workspace.access_tokens, workspace.projects, workspace.memberships):
            _remove(rows.all())
        remove_workspace(workspace, by=BY)
    return len(due)


def _remove(rows: QuerySet[Any]) -> None:
    """Each batch in a transaction of its own."""
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=keys).delete()
