"""The event log: list, details, number of new events, export."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar

import django_filters
from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import models
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from workspaces.actors import ActorType
from workspaces.console.dialogs import render_dialog
from workspaces.console.filters import ListFilter, datetime_filter
from workspaces.console.list_page import LogPage
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.console.tables import ConsoleTable, cell_factory
from workspaces.events import EventType, event_type_choices, exports
from workspaces.events.descriptions import describe_changes, describe_event
from workspaces.models import Event, Workspace
from workspaces.pagination import keyset
from workspaces.permissions import Permission

MAX_NEW_EVENTS = 99
"""The highest number of new events that the page shows."""

cell = cell_factory("workspaces/event_cells.html")


class EventTable(ConsoleTable):
    key = "events"
    default_sort = "-at"

    event = cell("event", "Event", can_be_hidden=False, card_area="head")
    at = cell("at", "When (UTC)", can_be_hidden=False)
    origin = cell("origin", "From", can_be_hidden=False)


class Span(models.TextChoices):
    """A time span up to now."""

    TODAY = "today", "Today"
    WEEK = "7d", "Last 7 days"
    MONTH = "30d", "Last 30 days"

    @property
    def start(self) -> Any:
        now = timezone.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if self == Span.TODAY else now - timedelta(days=int(self.removesuffix("d")))


class EventFilter(ListFilter):
    """Filters with the names of the API. `actor` and `subject` match exactly."""

    placeholder = "Search people, tokens and projects"
    advanced: ClassVar[Mapping[str, str]] = {
        "actor": "By (e-mail or token ID)",
        "subject": "About (e-mail or ID)",
        "at_after": "After (UTC)",
        "at_before": "Before (UTC)",
    }

    type = django_filters.ChoiceFilter(
        "event_type", label="event type", empty_label="Any event type", choices=event_type_choices()
    )
    span = django_filters.ChoiceFilter(label="time", empty_label="Any time", choices=Span.choices, method="within")
    actor = django_filters.CharFilter("actor_name", label="by")
    subject = django_filters.CharFilter("subject_id", label="about")
    request_id = django_filters.CharFilter(label="in the request")
    at_after = datetime_filter("at", "gt", "after")
    at_before = datetime_filter("at", "lt", "before")

    class Meta:
        model = Event
        fields: list[str] = []

    def search(self, rows: Any, name: str, value: str) -> QuerySet[Event]:
        found: QuerySet[Event] = rows.search(value)
        return found

    def within(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(at__gte=Span(value).start)


EVENTS = LogPage(
    name="events",
    title="Event log",
    noun="event",
    template="workspaces/events.html",
    view="workspaces:events",
    table=EventTable,
    filters=EventFilter,
    rows=lambda request: request.membership.workspace.events.all(),
    extra_context=lambda request: {"kept_days": settings.EVENT_RETENTION_DAYS},
    toolbar="workspaces/event_tools.html",
)


def _filters(request: ConsoleRequest) -> EventFilter:
    return EventFilter(request.GET, queryset=EVENTS.rows(request))


@require_safe
@workspace_page(Permission.VIEW_EVENTS)
def event_list(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    return EVENTS.respond(request)


@require_safe
@workspace_page(Permission.VIEW_EVENTS)
def event_details(request: ConsoleRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Show one event and links to related ones."""
    event = get_object_or_404(EVENTS.rows(request), pk=pk)
    context = {
        "event": event,
        "description": describe_event(event),
        "changes": describe_changes(event),
        "type_label": dict(EventType.choices).get(event.event_type, event.event_type),
        "actor_type": dict(ActorType.choices).get(event.actor_type, event.actor_type),
        "list_url": EVENTS.current_list_url(request),
        "events_url": EVENTS.url(request),
    }
    return render_dialog(request, "workspaces/event.html", context)


@require_safe
@workspace_page(Permission.VIEW_EVENTS, counts_as_visit=False)
def count_new_events(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Return how many events are newer than the position `since`, or 204 if none is. The page polls this."""
    since = keyset.EventPosition.parse(request.GET.get("since", ""))
    if since is None:
        raise BadRequest("Send the position in “since”.")
    count = keyset.newer_than(_filters(request).qs, since)[: MAX_NEW_EVENTS + 1].count()
    if not count:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    number = f"{MAX_NEW_EVENTS}+" if count > MAX_NEW_EVENTS else count
    return HttpResponse(f"{number} new", content_type="text/plain; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.VIEW_EVENTS)
def export(request: ConsoleRequest, workspace: Workspace) -> HttpResponseBase:
    """Show how many events the filters select, and download them as a file."""
    filters = _filters(request)
    if request.method == "POST":
        return _download(request, workspace, filters)
    context = {
        "count": filters.qs.count(),
        "filters": filters,
        "formats": exports.ExportFormat,
        "query": request.GET,
        "list_url": EVENTS.current_list_url(request),
    }
    return render_dialog(request, "workspaces/export_events.html", context)


def _download(request: ConsoleRequest, workspace: Workspace, filters: EventFilter) -> StreamingHttpResponse:
    try:
        to = exports.ExportFormat(request.POST.get("format", ""))
    except ValueError as error:
        raise BadRequest("Choose CSV or JSON Lines.") from error
    rows = exports.start_export(filters.qs, workspace, to, filters=filters.active, by=request.actor)
    name = f"{workspace.slug}-events-{timezone.now():%Y-%m-%d}.{to.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(exports.stream_export(rows, to), content_type=to.content_type, headers=headers)
