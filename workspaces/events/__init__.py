"""The event log: writing it, describing it, exporting it."""

from workspaces.events.log import Changes, EventType, build_event, differences, event_types_by_subject, record_event

__all__ = ["Changes", "EventType", "build_event", "differences", "event_types_by_subject", "record_event"]
