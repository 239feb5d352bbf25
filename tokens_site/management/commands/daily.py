"""`manage.py daily`: purge data that is past its retention."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from access_tokens.purge import purge_hourly_counts
from accounts.email_change import purge_expired_changes
from accounts.sessions import purge_ended_sessions
from workspaces.purge import purge_events, purge_invitations, purge_workspaces

TASK_RETENTION = timedelta(days=30)

log = structlog.get_logger("latchkey.daily")


def purge_expired_sessions() -> int:
    """Delete expired sessions. Return how many."""
    count, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return count


def purge_finished_tasks() -> int:
    """Delete tasks that finished more than `TASK_RETENTION` ago. Return how many."""
    count, _ = DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - TASK_RETENTION).delete()
    return count


JOBS: Mapping[str, Callable[[], int]] = {
    "expired sessions": purge_expired_sessions,
    "old events": purge_events,
    "old usage counts": purge_hourly_counts,
    "deleted workspaces": purge_workspaces,
    "records of ended sessions": purge_ended_sessions,
    "old e-mail change requests": purge_expired_changes,
    "expired invitations": purge_invitations,
    "finished tasks": purge_finished_tasks,
}
"""The data that is purged, in this order. Each function returns the number of deleted rows."""


class Command(BaseCommand):
    help = "Purge data that is past its retention. Run it once a day, by cron or a systemd timer."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for name, purge in JOBS.items():
            try:
                self.stdout.write(f"{name}: {purge()} deleted")
            except DatabaseError:
                log.exception("daily.failed", job=name)
                failed.append(name)
        if failed:
            raise CommandError(
                f"Could not purge {', '.join(failed)}. See the log for the cause, then run this command again."
            )
