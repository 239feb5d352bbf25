import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import OperatorAdmin
from workspaces.actors import ActorType
from workspaces.events import EventType
from workspaces.models import Event


class EventTypeFilter(admin.SimpleListFilter):
    """Offers every kind there is: asking the log which ones occur would read all of it."""

    title = "event type"
    parameter_name = "event_type"
    choices_offered: type[EventType | ActorType] = EventType

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.choices_offered.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.is_known else queryset

    @property
    def is_known(self) -> bool:
        return self.value() in self.choices_offered.values


class ActorTypeFilter(EventTypeFilter):
    title = "actor"
    parameter_name = "actor_type"
    choices_offered = ActorType


@admin.register(Event)
class EventAdmin(OperatorAdmin):
    """Read only. No date hierarchy: it would read the whole log for its first and last day."""

    fields = (
        "when",
        "what",
        "workspace_slug",
        "subject_name",
        "subject_id",
        "changed",
        "actor",
        "actor_name",
        "ip_address",
        "client",
        "request_id",
    )
    list_display = ("when", "what", "subject_name", "subject_id", "actor", "actor_name", "workspace_slug")
    list_filter = (EventTypeFilter, ActorTypeFilter, "workspace")
    search_fields = ("actor_name", "subject_id", "subject_name")
    search_help_text = "Actor or subject"
    ordering = ("-pk",)
    sortable_by = ()
    actions = None
    show_full_result_count = False

    @admin.display(description="at (UTC)")
    def when(self, obj: Event) -> str:
        return f"{obj.at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="event type")
    def what(self, obj: Event) -> str:
        return dict(EventType.choices).get(obj.event_type, obj.event_type)

    @admin.display(description="actor type")
    def actor(self, obj: Event) -> str:
        return dict(ActorType.choices).get(obj.actor_type, obj.actor_type)

    @admin.display(description="changes")
    def changed(self, obj: Event) -> str:
        return "; ".join(
            f"{field}: {json.dumps(before)} → {json.dumps(after)}" for field, (before, after) in obj.changes.items()
        )
