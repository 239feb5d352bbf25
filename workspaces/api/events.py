from urllib.parse import urlencode

from ninja import Query, Router

from workspaces.api.openapi import needs
from workspaces.api.requests import ApiRequest, actor_of, workspace_of
from workspaces.api.schemas.events import EventFilter, EventPage, event_out
from workspaces.pagination.cursors import Paging, newest_first, page
from workspaces.permissions import Permission

router = Router(tags=["events"])


@router.get("/workspaces/{slug}/events", response=EventPage, operation_id="list_events")
@needs(Permission.VIEW_EVENTS)
def list_events(request: ApiRequest, slug: str, filters: Query[EventFilter], paging: Query[Paging]) -> EventPage:
    """What happened in the workspace, newest first; with filters, that for which all of them are true."""
    workspace = workspace_of(request, slug)
    actor_of(request).require(Permission.VIEW_EVENTS, workspace)
    rows = newest_first(filters.found_in(workspace.events.all()), by="at")
    given = urlencode(filters.model_dump(mode="json", exclude_none=True))
    items, following = page(rows, paging, of=f"events:{slug}?{given}")
    return EventPage(items=[event_out(event) for event in items], next=following)
