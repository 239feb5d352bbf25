"""Cursor pagination: every row appears exactly once, even if rows are added or deleted between two pages.

A cursor is the position of the last row of a page, signed for one list with its order and filters.
"""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from ninja import Query, Schema
from ninja.errors import ValidationError

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
MAX_CURSOR_LENGTH = 2000
INVALID_CURSOR = "This cursor doesn't belong to this list with these filters. Send `next` unchanged, or start over."


class PageParameters(Schema):
    """The query parameters of all lists."""

    cursor: Annotated[
        str | None,
        Query(
            max_length=MAX_CURSOR_LENGTH,
            description="`next` of the previous page. Send the same filters with it.",
            examples=["WyIyMDI2…"],
        ),
    ] = None
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The maximum number of items.", examples=[25])] = (
        DEFAULT_LIMIT
    )


class CursorPosition(NamedTuple):
    """The position of a row: its sort key and its primary key, which breaks ties."""

    key: Any
    pk: Any


def newest_first[M: Model](rows: QuerySet[M], by: str = "created_at") -> QuerySet[M]:
    """Sort rows by an instant that never changes, the latest first."""
    return rows.annotate(sort_key=F(by)).order_by("-sort_key", "-pk")  # type: ignore[return-value] # annotated rows


def get_page[M: Model](
    rows: QuerySet[M], parameters: PageParameters, *, list_name: str, filters: Schema | None = None
) -> tuple[list[M], str | None]:
    """Return a page of rows and the cursor of the next page, None on the last.

    Args:
        rows: Sorted by the annotation `sort_key`, which is never null, then by primary key in the same direction.
        list_name: Name of the list. A cursor is only valid for the same list with the same filters.

    Raises: ValidationError (cursor).
    """

    def fetch(limit: int, position: CursorPosition | None) -> list[M]:
        if position is None:
            return list(rows[:limit])
        key = rows.query.annotations["sort_key"].output_field.to_python(position.key)
        return list(rows_after(rows, position._replace(key=key))[:limit])

    return fetch_page(fetch, parameters, list_name=list_name, filters=filters)


def fetch_page[Row](
    fetch: Callable[[int, CursorPosition | None], list[Row]],
    parameters: PageParameters,
    *,
    list_name: str,
    filters: Schema | None = None,
) -> tuple[list[Row], str | None]:
    """Do the same with a function that returns the given number of rows after a position."""
    given = urlencode(filters.model_dump(mode="json", exclude_none=True)) if filters else ""
    salt = f"cursor:{list_name}?{given}"
    position = _read_cursor(parameters.cursor, salt) if parameters.cursor is not None else None
    found = fetch(parameters.limit + 1, position)
    page = found[: parameters.limit]
    return page, _write_cursor(page[-1], salt) if len(found) > parameters.limit else None


def rows_after[M: Model](rows: QuerySet[M], position: CursorPosition) -> QuerySet[M]:
    """Filter the rows after a position, which can consist of query expressions."""
    comparison = "lt" if str(rows.query.order_by[0]).startswith("-") else "gt"
    from_key = rows.filter(**{f"sort_key__{comparison}e": position.key})
    return from_key.filter(Q(**{f"sort_key__{comparison}": position.key}) | Q(**{f"pk__{comparison}": position.pk}))


def _write_cursor(row: Any, salt: str) -> str:
    key = row.sort_key.isoformat() if hasattr(row.sort_key, "isoformat") else row.sort_key
    return signing.dumps([key, str(row.pk)], salt=salt, compress=False)


def _read_cursor(cursor: str, salt: str) -> CursorPosition:
    try:
        return CursorPosition(*signing.loads(cursor, salt=salt))
    except (signing.BadSignature, ValueError) as error:
        raise invalid_cursor() from error


def invalid_cursor() -> ValidationError:
    return ValidationError([{"type": "cursor", "loc": ("query", "cursor"), "msg": INVALID_CURSOR}])
