"""Pages by cursor: stable while rows come and go, none twice and none left out.

A cursor holds the place after the last row of a page, signed for one list in one order with its filters: an altered one
is refused, and so is one of another list.
"""

from typing import Annotated, Any, NamedTuple

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from ninja import Query, Schema
from ninja.errors import ValidationError

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
CURSOR_LENGTH = 2000


class Paging(Schema):
    """Which part of a list: what follows `cursor`, at most `limit` of it."""

    cursor: Annotated[str | None, Query(max_length=CURSOR_LENGTH)] = None
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT


class CursorPosition(NamedTuple):
    """Where a row stands in its order: its key there, and its primary key, which breaks ties."""

    key: Any
    pk: Any


def newest_first[M: Model](rows: QuerySet[M], by: str = "created_at") -> QuerySet[M]:
    """`rows` in the order of most lists. `by`: the field with a row's instant, which never changes."""
    return rows.annotate(sort_key=F(by)).order_by("-sort_key", "-pk")  # type: ignore[return-value] # annotated rows


def page[M: Model](rows: QuerySet[M], paging: Paging, *, of: str) -> tuple[list[M], str | None]:
    """One page of `rows`, and the cursor of the next one (None: it was the last).

    rows: ordered by their annotation `sort_key`, which is never null, and then by the primary key, both the same way.
    of: names the list with its order and filters, so that its cursors fit no other.

    Raises: ValidationError (cursor).
    """
    if paging.cursor is not None:
        rows = _after(rows, _read(paging.cursor, of=of))
    found = list(rows[: paging.limit + 1])
    items = found[: paging.limit]
    return items, _write(items[-1], of=of) if len(found) > paging.limit else None


def _after[M: Model](rows: QuerySet[M], place: CursorPosition) -> QuerySet[M]:
    first = rows.query.order_by[0]
    side = "lt" if str(first).startswith("-") else "gt"
    key = rows.query.annotations["sort_key"].output_field.to_python(place.key)
    not_before = rows.filter(**{f"sort_key__{side}e": key})
    return not_before.filter(Q(**{f"sort_key__{side}": key}) | Q(**{f"pk__{side}": place.pk}))


def _write(row: Any, *, of: str) -> str:
    key = row.sort_key.isoformat() if hasattr(row.sort_key, "isoformat") else row.sort_key
    return signing.dumps([key, str(row.pk)], salt=f"cursor:{of}", compress=False)


def _read(cursor: str, *, of: str) -> CursorPosition:
    try:
        return CursorPosition(*signing.loads(cursor, salt=f"cursor:{of}"))
    except (signing.BadSignature, ValueError) as error:
        words = (
            "This cursor is not one of this list with these filters. Take `next` of an earlier answer as it is, "
            "or start without one."
        )
        raise ValidationError([{"type": "cursor", "loc": ("query", "cursor"), "msg": words}]) from error
