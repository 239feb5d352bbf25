"""The event log: writing it, describing it, exporting it."""

from workspaces.events.log import Changes, EventType, compose, differences, event_types_by_subject, record

__all__ = ["Changes", "EventType", "compose", "differences", "event_types_by_subject", "record"]
