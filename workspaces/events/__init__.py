"""The event log: writing to it, describing events, exporting them."""

from workspaces.events.log import (
    Changes,
    EventType,
    build_event,
    differences,
    event_type_choices,
    record_event,
    record_member_event,
    record_workspace_event,
)

__all__ = [
    "Changes",
    "EventType",
    "build_event",
    "differences",
    "event_type_choices",
    "record_event",
    "record_member_event",
    "record_workspace_event",
]
