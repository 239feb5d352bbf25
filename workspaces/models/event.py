from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NoReturn, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from workspaces.models.workspace import Workspace

BATCH = 1000
"""Events that are forgotten in one statement: no lock is held for long."""


class EventsAreAppendOnly(Exception):
    """Events are written once. They can be neither changed nor deleted."""


class EventQuerySet(models.QuerySet["Event"]):
    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise EventsAreAppendOnly("Events can't be changed or deleted.")

    update = _update = bulk_update = delete = _raw_delete = update_or_create = _refuse

    def bulk_create(self, objs: Iterable["Event"], *args: Any, **kwargs: Any) -> list["Event"]:
        """Only what is new.

        Raises: EventsAreAppendOnly, if rows that are there already were to be updated.
        """
        if kwargs.get("update_conflicts"):
            self._refuse()
        return super().bulk_create(objs, *args, **kwargs)

    def purge_before(self, instant: datetime) -> int:
        """Delete events that are older than that, for their time is over. Returns how many.

        The one way in which an event ever goes. Each workspace by itself: an index on time alone would tempt PostgreSQL
        to look for one workspace's newest events among those of all.
        """
        return sum(self.filter(workspace=one)._purge_before(instant) for one in self._workspaces())

    def _purge_before(self, instant: datetime) -> int:
        forgotten, oldest = 0, self.filter(at__lt=instant).order_by("at", "pk").values_list("pk", flat=True)
        while batch := list(oldest[:BATCH]):
            forgotten += models.QuerySet._raw_delete(self.model._base_manager.filter(pk__in=batch), using=self.db)
        return forgotten

    def _workspaces(self) -> Iterator[int | None]:
        """The keys of those that have events, found by leaps; and None, for events of none."""
        yield None
        keys, last = self.order_by("workspace_id").values_list("workspace_id", flat=True), 0
        while (found := keys.filter(workspace__gt=last).first()) is not None:
            yield found
            last = found

    def matching(self, words: str) -> Self:
        """Events whose thing or actor, by id or name, has `words` in it."""
        words = words.replace("\0", "").strip()
        return self.filter(
            Q(subject_name__icontains=words)
            | Q(subject_id__icontains=words)
            | Q(actor_name__icontains=words)
            | Q(actor_label__icontains=words)
        )


class Event(models.Model):
    """One row of the append-only audit log. It tells of things by name, so that it outlives them, the workspace too.

    actor_name, actor_label: an e-mail, a token id, a command; and what people call whoever that is.
    changes: field to [before, after], as words or wire values; never a secret.
    client: the family of the browser or client that it was done with.
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
        """Write the event, once. Every way to save a row comes by here, that of fixtures too.

        Raises: EventsAreAppendOnly, if it is written already.
        """
        if not self._state.adding:
            raise EventsAreAppendOnly("Events can't be changed.")
        super().save_base(*args, **{**kwargs, "force_insert": (Event,)})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise EventsAreAppendOnly("Events can't be deleted.")
