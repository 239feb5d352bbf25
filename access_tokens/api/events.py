from ninja import Query, Router

from access_tokens.api.contract import needs
from access_tokens.api.paging import Paging, newest_first, page
from access_tokens.api.schemas.workspaces import EventPage, event_out
from access_tokens.api.workspaces import workspace_of
from access_tokens.middleware import ApiRequest, actor_of
from workspaces.events import Kind
from workspaces.permissions import Permission

router = Router(tags=["events"])


@router.get("/workspaces/{slug}/events", response=EventPage, operation_id="list_events")
@needs(Permission.READ_EVENTS)
def list_events(
    request: ApiRequest,
    slug: str,
    paging: Query[Paging],
    kind: Kind | None = None,
) -> EventPage:
    """What happened in the workspace, newest first; of one kind, if `kind` is given."""
    workspace = workspace_of(request, slug)
    actor_of(request).require(Permission.READ_EVENTS, workspace)
    rows = workspace.events.filter(kind=kind) if kind else workspace.events.all()
    items, following = page(newest_first(rows, by="at"), paging, of=f"events:{slug}?{kind or ''}")
    return EventPage(items=[event_out(event) for event in items], next=following)
