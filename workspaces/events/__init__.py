"""The event log: writing it, describing it, exporting it."""

from workspaces.events.log import Changes, EventType, build_event, differences, event_type_choices, record_event

__all__ = ["Changes", "EventType", "build_event", "differences", "event_type_choices", "record_event"]
