"""What all schemas share: instants, names, bodies, pages."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, PlainSerializer

from workspaces.names import MAX_NAME_LENGTH

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
LEFT_OUT: Any = None
"""The default of a field that may be left out, but not be null: `model_fields_set` tells whether it came."""


def rfc3339(instant: datetime) -> str:
    """`2026-11-24T09:30:00Z` (RFC 3339, 5.6): always UTC, whole seconds."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _only_rfc3339(value: Any) -> Any:
    """Seconds since 1970 and the like, which pydantic would take too, are no instants here (RFC 3339, 5.6)."""
    if isinstance(value, str) and RFC_3339.fullmatch(value):
        return value
    raise ValueError("Send a time as RFC 3339 text with its offset, for example 2027-01-31T12:00:00Z.")


Instant = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("Send a time within the years 1 to 9999, in UTC too.") from error


def _without_nul(words: str) -> str:
    if "\0" in words:
        raise ValueError("Leave out the NUL character.")
    return words


Words = Annotated[str, AfterValidator(_without_nul)]
"""Text to look for: PostgreSQL takes no NUL."""
GivenInstant = Annotated[AwareDatetime, BeforeValidator(_only_rfc3339), AfterValidator(_in_utc), Field(strict=False)]
Name = Annotated[
    str, Field(json_schema_extra={"format": "name", "minLength": 1, "maxLength": MAX_NAME_LENGTH}, examples=["Backup"])
]
"""What people may call things. The operations check it (`workspaces.names`), so that their words are told."""


def _whole(value: Any) -> Any:
    """In JSON, 3.0 is an integer too (JSON Schema, 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""For whole numbers. It stands behind their bounds, lest these are left out of the document."""


def example(**fields: Any) -> dict[str, Any]:
    """The part of a schema that shows one value of it."""
    return {"examples": [fields]}


def page_example(**item: Any) -> dict[str, Any]:
    """The same for a page of such items."""
    return example(items=[item], next=None)


class RequestBody(Schema):
    """A body with no field but ours."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page[Item](Schema):
    """One page of a list. `next` is the cursor of the next one, null on the last."""

    items: list[Item]
    next: str | None
