from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from workspaces.api.schemas.common import Page, RequestTime, SearchText, example, page_example
from workspaces.events import EventType
from workspaces.events.descriptions import serialize_event
from workspaces.models import Event
from workspaces.models.event import EventQuerySet

EVENT_EXAMPLE = {
    "id": 4711,
    "at": "2026-11-24T09:30:00Z",
    "type": "token.edited",
    "description": "Priya Raman edited the token Nightly backup",
    "actor": {"type": "member", "name": "priya@northwind.example", "label": "Priya Raman"},
    "subject": {"id": "priya@northwind.example_7fK2mQ9xLp", "name": "Nightly backup"},
    "changes": {"scope": ["viewer", "team_member"]},
    "ip_address": "203.0.113.7",
    "client": "Firefox",
    "request_id": "3f1c9d526a534d2e9a540c2f6a1de0aa",
}
type ExactText = Annotated[SearchText, StringConstraints(max_length=300)]


def _filter(description: str, example: str) -> Any:
    return Field(None, description=description, examples=[example])


class EventFilter(Schema):
    """Filters of the event log, named as in the console's URLs."""

    type: EventType | None = _filter("The event type.", "token.created")
    actor: ExactText | None = _filter("The actor: an e-mail, a token ID or a command.", "priya@northwind.example")
    subject: ExactText | None = _filter(
        "The ID of what changed: a token ID, an e-mail, a project's ID or the workspace's slug.",
        "priya@northwind.example_7fK2mQ9xLp",
    )
    request_id: ExactText | None = _filter("The `X-Request-Id` of the request.", "3f1c9d526a534d2e9a540c2f6a1de0aa")
    at_after: RequestTime | None = _filter("Only events after this time.", "2026-11-01T00:00:00Z")
    at_before: RequestTime | None = _filter("Only events before this time.", "2027-01-01T00:00:00Z")
    q: Annotated[SearchText, StringConstraints(max_length=200)] = Field(
        "", description="Text in the name or ID of the actor or of what changed.", examples=["backup"]
    )

    def apply(self, events: EventQuerySet) -> EventQuerySet:
        """Return the events that match all filters."""
        conditions = {
            "event_type": self.type,
            "actor_name": self.actor,
            "subject_id": self.subject,
            "request_id": self.request_id,
            "at__gt": self.at_after,
            "at__lt": self.at_before,
        }
        events = events.filter(**{lookup: value for lookup, value in conditions.items() if value is not None})
        return events.search(self.q) if self.q else events


class ActorOut(Schema):
    """The actor of an event.

    `type` is `member`, `token`, `operator`, `command` or `system`. `name` is an e-mail, a token ID or a command.
    `label` is the name of the person or the label of the token at that time, or empty.
    """

    type: str
    name: str
    label: str


class SubjectOut(Schema):
    """What an event changed, with its name at that time. It may be deleted by now."""

    id: str
    name: str


class EventOut(Schema):
    """An entry of the event log. `client` is the browser or HTTP client, empty if unknown."""

    model_config = ConfigDict(json_schema_extra=example(**EVENT_EXAMPLE))

    id: int
    at: datetime
    type: str
    description: str
    actor: ActorOut
    subject: SubjectOut
    changes: Annotated[dict[str, list[Any]], Field(description="The changed fields, each as [before, after].")]
    ip_address: str | None
    client: str
    request_id: str


class EventPage(Page[EventOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**EVENT_EXAMPLE))


def event_out(event: Event) -> EventOut:
    return EventOut(**serialize_event(event))
