"""The event log as a file: CSV for spreadsheets, JSON Lines for programs."""

import csv
from collections.abc import Collection, Iterator
from itertools import batched
from typing import Any

import orjson
from django.db import models, transaction
from django.db.models import QuerySet

from workspaces.actors import Actor
from workspaces.events import EventType, record_event
from workspaces.events.descriptions import describe_event, serialize_event, summarize_changes
from workspaces.models import Event, Workspace
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.pagination import keyset
from workspaces.permissions import Permission

AS_JSON = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
BEGINS_A_FORMULA = frozenset("=+-@＝＋－＠\t\r\n")
EVENTS_PER_CHUNK = 500
"""That are sent at once."""
BYTE_ORDER_MARK = "\ufeff"
"""By which spreadsheets see that a file is in UTF-8."""
COLUMNS = (
    *("at", "description", "changes", "event_type", "actor_type", "actor_name", "actor_label"),
    *("subject_id", "subject_name", "ip_address", "client", "request_id", "id"),
)


class ExportFormat(models.TextChoices):
    """A kind of file, by the ending of its name."""

    CSV = "csv", "CSV"
    JSON_LINES = "jsonl", "JSON Lines"

    @property
    def content_type(self) -> str:
        return "text/csv; charset=utf-8" if self == ExportFormat.CSV else "application/jsonl; charset=utf-8"

    @property
    def meaning(self) -> str:
        return "For spreadsheets" if self == ExportFormat.CSV else "For programs, each line as the API tells an event"


@transaction.atomic
def start(
    rows: QuerySet[Event], *, of: Workspace, to: ExportFormat, filters: Collection[str], by: Actor
) -> QuerySet[Event]:
    """Write down that the log is exported. Returns those of `rows` that were there before.

    filters: the names of the filters that made `rows` of the log. Their values may be what somebody pasted.

    Raises: NotAllowed.
    """
    workspace, by = lock_workspace_and_refresh_actor(of, by)
    by.require(Permission.VIEW_EVENTS, workspace)
    event = record_event(
        EventType.EVENTS_EXPORTED,
        by=by,
        workspace=workspace,
        subject_id=workspace.slug,
        subject_name=workspace.name,
        changes={"format": (None, to.label), **({"filters": (None, sorted(filters))} if filters else {})},
    )
    return rows.filter(at__lt=event.at)


def stream(rows: QuerySet[Event], to: ExportFormat) -> Iterator[bytes]:
    """The file in parts, newest event first. Reads while it is sent, and holds nothing open in between."""
    write = _as_csv if to == ExportFormat.CSV else _as_json_lines
    return (b"".join(part) for part in batched(write(keyset.iterate_all(rows)), EVENTS_PER_CHUNK, strict=False))


def _as_json_lines(events: Iterator[Event]) -> Iterator[bytes]:
    return (orjson.dumps(serialize_event(event), option=AS_JSON) for event in events)


class _Line:
    """What csv writes to: it keeps one line."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def _as_csv(events: Iterator[Event]) -> Iterator[bytes]:
    line = _Line()
    writer = csv.writer(line, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    yield (BYTE_ORDER_MARK + line.text).encode()
    for event in events:
        writer.writerow([escape_formula(_cell(event, column)) for column in COLUMNS])
        yield line.text.encode()


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
    """`cell` as no spreadsheet takes it for a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if {cell[:1], cell.lstrip()[:1]} & BEGINS_A_FORMULA else cell
