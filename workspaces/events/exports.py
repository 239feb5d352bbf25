"""Exports of the event log: CSV for spreadsheets, JSON Lines for programs."""

import csv
from collections.abc import Collection, Iterator
from itertools import batched, chain
from typing import Any

import orjson
from django.db import models, transaction
from django.db.models import QuerySet

from workspaces.actors import Actor
from workspaces.events import EventType, record_workspace_event
from workspaces.events.descriptions import describe_event, serialize_event, summarize_changes
from workspaces.models import Event, Workspace
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.pagination import keyset
from workspaces.permissions import Permission

JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
FORMULA_STARTS = frozenset("=+-@＝＋－＠\t\r\n")
LINES_PER_CHUNK = 500
BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that a file is encoded in UTF-8."""
COLUMNS = (
    *("at", "description", "changes", "event_type", "actor_type", "actor_name", "actor_label"),
    *("subject_id", "subject_name", "ip_address", "client", "request_id", "id"),
)


class ExportFormat(models.TextChoices):
    """A file format, by file extension."""

    CSV = "csv", "CSV"
    JSON_LINES = "jsonl", "JSON Lines"

    @property
    def content_type(self) -> str:
        return "text/csv; charset=utf-8" if self == ExportFormat.CSV else "application/jsonl; charset=utf-8"

    @property
    def description(self) -> str:
        return "For spreadsheets" if self == ExportFormat.CSV else "For programs: one event per line, as in the API"


@transaction.atomic
def start_export(
    events: QuerySet[Event], workspace: Workspace, export_format: ExportFormat, *, filters: Collection[str], by: Actor
) -> QuerySet[Event]:
    """Record in the event log that `events` are exported, and return those that are older than this record.

    filters: the names of the filters that selected `events`. Their values could contain a pasted token.

    Raises: NotAllowed.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.VIEW_EVENTS, workspace)
    changes: dict[str, tuple[Any, Any]] = {"format": (None, export_format.label)}
    if filters:
        changes["filters"] = (None, sorted(filters))
    event = record_workspace_event(EventType.EVENTS_EXPORTED, workspace, by=by, changes=changes)
    return events.filter(at__lt=event.at)


def stream_export(events: QuerySet[Event], export_format: ExportFormat) -> Iterator[bytes]:
    """Yield the file in chunks, newest event first. Reads events in batches, without an open cursor in between."""
    write = _csv_lines if export_format == ExportFormat.CSV else _json_lines
    return (b"".join(lines) for lines in batched(write(keyset.iterate_all(events)), LINES_PER_CHUNK, strict=False))


def _json_lines(events: Iterator[Event]) -> Iterator[bytes]:
    return (orjson.dumps(serialize_event(event), option=JSON_OPTIONS) for event in events)


class _Echo:
    """A file-like object that returns each line instead of storing it, so that `csv.writer.writerow` returns it."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(events: Iterator[Event]) -> Iterator[bytes]:
    writer: Any = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    rows = ([escape_formula(_cell(event, column)) for column in COLUMNS] for event in events)
    yield BYTE_ORDER_MARK.encode()
    for row in chain([COLUMNS], rows):
        yield writer.writerow(row).encode()


def _cell(event: Event, column: str) -> str:
    match column:
        case "at":
            return f"{event.at:%Y-%m-%dT%H:%M:%S.%fZ}"
        case "description":
            return str(describe_event(event))
        case "changes":
            return summarize_changes(event)
        case _:
            value: Any = getattr(event, column)
            return "" if value is None else str(value)


def escape_formula(cell: str) -> str:
    """Prefix `cell` with an apostrophe if a spreadsheet would take it for a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if {cell[:1], cell.lstrip()[:1]} & FORMULA_STARTS else cell
