"""`manage.py daily`: what has had its time goes. Run it once a day; again on the same day does no harm."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from access_tokens.removal import remove_due_workspaces
from access_tokens.usage.retention import forget_hours
from accounts.email_change import forget_old_wishes
from accounts.sessions import forget_ended_sessions
from workspaces.retention import forget_events

log = structlog.get_logger("latchkey.daily")


def end_sessions() -> int:
    """Remove sessions that have expired. Returns how many."""
    count, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return count


JOBS: Mapping[str, Callable[[], int]] = {
    "expired sessions": end_sessions,
    "old events": forget_events,
    "old counts of calls": forget_hours,
    "deleted workspaces": remove_due_workspaces,
    "traces of ended sessions": forget_ended_sessions,
    "old wishes for another e-mail": forget_old_wishes,
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
