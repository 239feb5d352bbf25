"""`manage.py daily`: what has had its time goes. Run it once a day; again on the same day does no harm."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from access_tokens.authentication.usage.purge import forget_hours
from access_tokens.purge import remove_due_workspaces
from accounts.email_change import forget_old_wishes
from accounts.sessions import forget_ended_sessions
from workspaces.models import Invitation
from workspaces.purge import forget_events

KEPT_FOR = timedelta(days=30)
"""How long what is over can still be looked up: an invitation from its expiry on, a task from its end on."""

log = structlog.get_logger("latchkey.daily")


def end_sessions() -> int:
    """Remove sessions that have expired. Returns how many."""
    count, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return count


def forget_invitations() -> int:
    """Remove those whose time was over long ago, accepted or not. Returns how many."""
    count, _ = Invitation.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR).delete()
    return count


def forget_tasks() -> int:
    """Remove what the worker has done. Returns how many."""
    count, _ = DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEPT_FOR).delete()
    return count


JOBS: Mapping[str, Callable[[], int]] = {
    "expired sessions": end_sessions,
    "old events": forget_events,
    "old counts of calls": forget_hours,
    "deleted workspaces": remove_due_workspaces,
    "traces of ended sessions": forget_ended_sessions,
    "old wishes for another e-mail": forget_old_wishes,
    "invitations that are over": forget_invitations,
    "finished tasks": forget_tasks,
}
"""What is removed, in this order, by what. Each returns how many; each is done even where one before it failed."""


class Command(BaseCommand):
    help = "Remove what has had its time. For cron or a systemd timer, once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for what, remove in JOBS.items():
            try:
                self.stdout.write(f"{what}: {remove()} removed")
            except DatabaseError:
                log.exception("daily.failed", job=what)
                failed.append(what)
        if failed:
            raise CommandError(f"Could not remove {', '.join(failed)}: the log says why. Run this again.")
