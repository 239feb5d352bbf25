"""How long the event log remembers."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from workspaces.models import Event


def forget_events() -> int:
    """Delete events that are older than the operator keeps them: never, with 0 days. Returns how many."""
    days: int | None = settings.EVENT_RETENTION_DAYS
    return Event.objects.forget_before(timezone.now() - timedelta(days=days)) if days else 0
