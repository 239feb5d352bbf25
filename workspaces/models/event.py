from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models
from django.utils import timezone

from workspaces.models.workspace import Workspace


class AppendOnly(Exception):
    """Events are written once. They can be neither changed nor deleted."""


class EventQuerySet(models.QuerySet["Event"]):
    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Events can't be changed or deleted.")

    update = _update = bulk_update = delete = _raw_delete = update_or_create = _refuse

    def bulk_create(self, objs: Iterable["Event"], *args: Any, **kwargs: Any) -> list["Event"]:
        """Only what is new.

        Raises: AppendOnly, if rows that are there already were to be updated.
        """
        if kwargs.get("update_conflicts"):
            self._refuse()
        return super().bulk_create(objs, *args, **kwargs)


class Event(models.Model):
    """One row of the append-only audit log. It tells of things by name, so that it outlives them, the workspace too.

    changes: field to [before, after], as words or wire values; never a secret.
    """

    workspace = models.ForeignKey(
        Workspace, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="events"
    )
    workspace_slug = models.CharField(max_length=50, blank=True)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=10)
    actor_name = models.CharField(max_length=300)
    subject_id = models.CharField(max_length=300, blank=True)
    subject_name = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["workspace", "-at", "-id"], name="event_newest_first")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_name}"

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        """Write the event, once. Every way to save a row comes by here, that of fixtures too.

        Raises: AppendOnly, if it is written already.
        """
        if not self._state.adding:
            raise AppendOnly("Events can't be changed.")
        super().save_base(*args, **{**kwargs, "force_insert": (Event,)})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Events can't be deleted.")
