from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NoReturn, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from workspaces.models.workspace import Workspace

PURGE_BATCH_SIZE = 1000
"""Events deleted in one statement, so that no lock is held for long."""


class EventsAreAppendOnly(Exception):
    """Events are written once and never changed. Only a purge deletes them."""


class EventQuerySet(models.QuerySet["Event"]):
    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise EventsAreAppendOnly("Events can't be changed or deleted.")

    update = bulk_update = delete = update_or_create = _refuse

    def bulk_create(self, objs: Iterable["Event"], *args: Any, **kwargs: Any) -> list["Event"]:
        """Create events. Raises: EventsAreAppendOnly with `update_conflicts`, which would update existing rows."""
        if kwargs.get("update_conflicts"):
            self._refuse()
        return super().bulk_create(objs, *args, **kwargs)

    def purge_before(self, instant: datetime) -> int:
        """Delete events older than `instant` and return their number. Nothing else deletes events.

        Each workspace has its own queries. With an index on time alone, PostgreSQL would search all events for the
        newest ones of one workspace.
        """
        return sum(self.filter(workspace=workspace)._purge_before(instant) for workspace in self._workspace_ids())

    def _purge_before(self, instant: datetime) -> int:
        purged, oldest = 0, self.filter(at__lt=instant).order_by("at", "pk").values_list("pk", flat=True)
        while batch := list(oldest[:PURGE_BATCH_SIZE]):
            deletable: models.QuerySet[Event] = models.QuerySet(self.model, using=self.db)
            purged += deletable.filter(pk__in=batch).delete()[0]
        return purged

    def _workspace_ids(self) -> Iterator[int | None]:
        """Yield None and the key of each workspace that has events, with one index look-up each."""
        yield None
        keys, last = self.order_by("workspace_id").values_list("workspace_id", flat=True), 0
        while (found := keys.filter(workspace__gt=last).first()) is not None:
            yield found
            last = found

    def search(self, text: str) -> Self:
        """Filter events with `text` in the ID or name of their subject or actor."""
        text = text.replace("\0", "").strip()
        return self.filter(
            Q(subject_name__icontains=text)
            | Q(subject_id__icontains=text)
            | Q(actor_name__icontains=text)
            | Q(actor_label__icontains=text)
        )


class Event(models.Model):
    """A row of the append-only event log. It refers to things by name, because it outlives them and the workspace.

    event_type: a value of `workspaces.events.EventType`.
    actor_name: an e-mail address, a token ID or a command. actor_label: a person's name or a token's label.
    changes: field name to [before, after], as text or API values; never a secret.
    client: User-Agent family of the browser or API client.
    """

    workspace = models.ForeignKey(
        Workspace, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="events"
    )
    workspace_slug = models.CharField(max_length=50, blank=True)
    at = models.DateTimeField(default=timezone.now)
    event_type = models.CharField(max_length=40)
    actor_type = models.CharField(max_length=10)
    actor_name = models.CharField(max_length=300)
    actor_label = models.CharField(max_length=300, blank=True)
    subject_id = models.CharField(max_length=300, blank=True)
    subject_name = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=dict)
    ip_address = models.GenericIPAddressField(null=True)
    client = models.CharField(max_length=40, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["workspace", "-at", "-id"], name="event_newest_first"),
            models.Index(fields=["workspace", "event_type", "-at", "-id"], name="event_by_type"),
            models.Index(fields=["workspace", "actor_name", "-at", "-id"], name="event_by_actor"),
            models.Index(fields=["workspace", "subject_id", "-at", "-id"], name="event_by_subject"),
            models.Index(fields=["workspace", "request_id", "-at", "-id"], name="event_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.subject_name}"

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        """Insert the event. Every way to save a row, including fixtures, calls this method.

        Raises: EventsAreAppendOnly if the event is already in the database.
        """
        if not self._state.adding:
            raise EventsAreAppendOnly("Events can't be changed.")
        super().save_base(*args, **{**kwargs, "force_insert": (Event,)})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise EventsAreAppendOnly("Events can't be deleted.")
