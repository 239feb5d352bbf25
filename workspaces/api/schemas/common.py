"""Types and base classes that all schemas share.

Responses contain datetimes in UTC, which `workspaces.api.renderer` writes as RFC 3339.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field

from workspaces.names import MAX_NAME_LENGTH

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
UNSET: Any = None
"""Default of a field that can be omitted but not null. `model_fields_set` has the fields that were sent."""


def _require_rfc3339(value: Any) -> Any:
    """Reject the other formats that pydantic accepts, such as Unix timestamps (RFC 3339, section 5.6)."""
    if isinstance(value, str) and RFC_3339.fullmatch(value):
        return value
    raise ValueError("Send an RFC 3339 time with its UTC offset, for example 2027-01-31T12:00:00Z.")


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("Send a time within the years 1 to 9999 in UTC.") from error


def _reject_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("Remove the NUL character.")
    return text


def _to_integer(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


RequestTime = Annotated[AwareDatetime, BeforeValidator(_require_rfc3339), AfterValidator(_to_utc), Field(strict=False)]
SearchText = Annotated[str, AfterValidator(_reject_nul)]
"""Text for a database lookup. PostgreSQL rejects NUL characters."""
Name = Annotated[
    str, Field(json_schema_extra={"format": "name", "minLength": 1, "maxLength": MAX_NAME_LENGTH}, examples=["Backup"])
]
"""A name that people choose. Operations validate it (`workspaces.names`), so that their messages are used."""
WHOLE_NUMBER = BeforeValidator(_to_integer)
"""Accepts 3.0 as an integer, as JSON Schema does (section 6.1.1). Comes after the bounds, or OpenAPI omits them."""


def example(**fields: Any) -> dict[str, Any]:
    """Return the part of a JSON schema that shows an example."""
    return {"examples": [fields]}


def page_example(**item: Any) -> dict[str, Any]:
    """Return the part of a JSON schema that shows a page with one item."""
    return example(items=[item], next=None)


class RequestBody(Schema):
    """A request body. Unknown fields and values of another type are rejected."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page[Item](Schema):
    """One page of a list. `next` is the cursor of the next page, null on the last."""

    items: list[Item]
    next: str | None
