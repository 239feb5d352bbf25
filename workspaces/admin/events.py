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
    """Offers all event types. Finding those that occur would read the whole log."""

    title = "event type"
    parameter_name = "event_type"
    enum: type[EventType | ActorType] = EventType

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.enum.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        is_valid = self.value() in self.enum.values
        return queryset.filter(**{str(self.parameter_name): self.value()}) if is_valid else queryset


class ActorTypeFilter(EventTypeFilter):
    title = "actor"
    parameter_name = "actor_type"
    enum = ActorType


@admin.register(Event)
class EventAdmin(OperatorAdmin):
    """Read-only. There is no date hierarchy, because it would read the whole log."""

    fields = (
        *("timestamp", "type_label", "workspace_slug", "subject_name", "subject_id", "change_list"),
        *("actor_type_label", "actor_name", "ip_address", "client", "request_id"),
    )
    list_display = (
        *("timestamp", "type_label", "subject_name", "subject_id"),
        *("actor_type_label", "actor_name", "workspace_slug"),
    )
    list_filter = (EventTypeFilter, ActorTypeFilter, "workspace")
    search_fields = ("actor_name", "subject_id", "subject_name")
    search_help_text = "Actor or subject"
    ordering = ("-pk",)
    sortable_by = ()
    actions = None
    show_full_result_count = False

    @admin.display(description="at (UTC)")
    def timestamp(self, obj: Event) -> str:
        return f"{obj.at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="event type")
    def type_label(self, obj: Event) -> str:
        return dict(EventType.choices).get(obj.event_type, obj.event_type)

    @admin.display(description="actor type")
    def actor_type_label(self, obj: Event) -> str:
        return dict(ActorType.choices).get(obj.actor_type, obj.actor_type)

    @admin.display(description="changes")
    def change_list(self, obj: Event) -> str:
        return "; ".join(
            f"{field}: {json.dumps(before)} → {json.dumps(after)}" for field, (before, after) in obj.changes.items()
        )
