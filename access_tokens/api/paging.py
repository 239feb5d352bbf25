"""Pages by cursor: newest first, stable while rows come and go, none twice and none left out.

A cursor holds the place after the last row of a page, signed for one list: an altered one is refused, and so is one of
another list.
"""

from datetime import datetime
from typing import Annotated, Any

from django.core import signing
from django.db.models import Model, Q, QuerySet
from ninja import Query
from ninja.errors import ValidationError

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


def page[M: Model](
    rows: QuerySet[M], *, cursor: str | None, limit: int, of: str, by: str = "created_at"
) -> tuple[list[M], str | None]:
    """One page of `rows`, newest first, and the cursor of the next one (None: it was the last).

    of: names the list, so that its cursors fit no other.
    by: the field with a row's instant, which never changes.

    Raises: ValidationError (cursor).
    """
    if cursor is not None:
        instant, pk = _read(cursor, of=of)
        rows = rows.filter(Q(**{f"{by}__lt": instant}) | Q(**{by: instant, "pk__lt": pk}))
    found = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    items = found[:limit]
    return items, _write(getattr(items[-1], by), items[-1].pk, of=of) if len(found) > limit else None


def _write(instant: datetime, pk: Any, *, of: str) -> str:
    return signing.dumps([instant.isoformat(), str(pk)], salt=f"cursor:{of}", compress=False)


def _read(cursor: str, *, of: str) -> tuple[datetime, str]:
    try:
        instant, pk = signing.loads(cursor, salt=f"cursor:{of}")
        return datetime.fromisoformat(instant), pk
    except (signing.BadSignature, ValueError) as error:
        words = "This cursor is not one of this list. Take `next` of an earlier answer as it is, or start without one."
        raise ValidationError([{"type": "cursor", "loc": ("query", "cursor"), "msg": words}]) from error
