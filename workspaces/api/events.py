from ninja import Query, Router

from workspaces.api.endpoints import requires
from workspaces.api.requests import ApiRequest
from workspaces.api.schemas.events import EventFilter, EventPage, event_out
from workspaces.models import Workspace
from workspaces.pagination.cursors import PageParameters, get_page, newest_first
from workspaces.permissions import Permission

router = Router(tags=["events"])


@router.get("/workspaces/{slug}/events", response=EventPage, operation_id="list_events")
@requires(Permission.VIEW_EVENTS)
def list_events(
    request: ApiRequest, workspace: Workspace, filters: Query[EventFilter], parameters: Query[PageParameters]
) -> EventPage:
    """List the events of a workspace.

    The newest event comes first. With several filters, returns the events that match all of them.
    """
    rows = newest_first(filters.apply(workspace.events.all()), by="at")
    page, next_cursor = get_page(rows, parameters, list_name=f"events:{workspace.slug}", filters=filters)
    return EventPage(items=[event_out(event) for event in page], next=next_cursor)
