"""Events as they go over the wire."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from workspaces.api.schemas.common import GivenInstant, Instant, Page, Words, example, page_example
from workspaces.events import EventType
from workspaces.events.descriptions import serialize_event
from workspaces.models import Event
from workspaces.models.event import EventQuerySet

EDITED = {
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
type ExactName = Annotated[Words, StringConstraints(max_length=300)]


class EventFilter(Schema):
    """Which events a list holds. The names are those of the console's addresses."""

    type: EventType | None = None
    actor: ExactName | None = None
    subject: ExactName | None = None
    request_id: ExactName | None = None
    at_after: GivenInstant | None = None
    at_before: GivenInstant | None = None
    q: Annotated[Words, StringConstraints(max_length=200)] = ""

    def found_in(self, events: EventQuerySet) -> EventQuerySet:
        """Events for which all that is given is true."""
        given = {
            "event_type": self.type,
            "actor_name": self.actor,
            "subject_id": self.subject,
            "request_id": self.request_id,
            "at__gt": self.at_after,
            "at__lt": self.at_before,
        }
        found = events.filter(**{lookup: value for lookup, value in given.items() if value is not None})
        return found.matching(self.q) if self.q else found


class ActorOut(Schema):
    """Who acted: `type` is member, token, operator, command or system; `name` an e-mail, a token id, a command.

    `label` is what people call it: a name, a token's label; empty if nothing else.
    """

    type: str
    name: str
    label: str


class SubjectOut(Schema):
    """What it happened to, by its public id and its name at that time. It may be gone since."""

    id: str
    name: str


class EventOut(Schema):
    """One row of the audit log. `changes`: field to what it was before and what it was after.

    `client` is the family of the browser or client that it was done with, empty if it sent none.
    """

    model_config = ConfigDict(json_schema_extra=example(**EDITED))

    id: int
    at: Instant
    type: str
    description: str
    actor: ActorOut
    subject: SubjectOut
    changes: Annotated[dict[str, list[Any]], Field(description="Field to [before, after].")]
    ip_address: str | None
    client: str
    request_id: str


class EventPage(Page[EventOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**EDITED))


def event_out(event: Event) -> EventOut:
    return EventOut(**serialize_event(event))
