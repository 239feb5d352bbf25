"""Pages of a list whose cost does not grow with the number of the page, nor much with the length of the list."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict

PAGE_SIZES = (25, 50, 100)
NEAR = 1000
"""So many rows from the start, a page is looked for without knowing how many rows there are."""
FEW = 250
"""So many rows that a search finds are put in order once they are found."""


class ListPaginator(Paginator):  # type: ignore[type-arg] # only the stubs know a parameter
    """Pages of `rows`, in an order in which no two are equal.

    A page is found by its keys alone, which an index can give; what it shows is then read from `source`, of which
    `rows` are a part. Beyond the middle, keys are looked for from the end.

    is_search: only a look at every row tells which of them belong here. One look must do for the page and the count:
    if they are few, it keeps them; if they are many, a page of them is met after a few rows in the list's own order.
    """

    def __init__(self, rows: QuerySet[Any], per_page: int, *, source: QuerySet[Any], is_search: bool) -> None:
        super().__init__(rows, per_page)
        self.rows, self.source, self.is_search = rows, source, is_search

    def get_page(self, number: Any) -> "Page[Any]":
        """The page with this number; for what is none, the first; beyond the last, the last."""
        try:
            wanted = max(1, int(number))
        except (TypeError, ValueError):
            wanted = 1
        if self.is_search:
            self._look_through()
        if self._start(wanted) > NEAR:
            wanted = min(wanted, self.num_pages)
        keys = self._keys(wanted)
        if not keys and wanted > 1:
            wanted = self.num_pages
            keys = self._keys(wanted)
        found = self.source.in_bulk(keys)
        return Page([found[key] for key in keys if key in found], wanted, self)

    def _start(self, number: int) -> int:
        return (number - 1) * self.per_page

    def _keys(self, number: int) -> list[Any]:
        start = self._start(number)
        keys = self.rows.values_list("pk", flat=True)
        if start > NEAR and start > self.count // 2:
            from_end = keys.reverse()[max(0, self.count - start - self.per_page) : self.count - start]
            return list(from_end)[::-1]
        return list(keys[start : start + self.per_page])

    def _look_through(self) -> None:
        found = list(self.rows.order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(found) <= FEW:
            self.count = len(found)
            self.rows = self.rows.all()
            self.rows.query.clear_where()  # else databases may go by other indexes than by these keys
            self.rows = self.rows.filter(pk__in=found)


def get_page_size(query: QueryDict) -> int:
    """How many rows the URL asks for, if it is one of those that are offered."""
    return next((size for size in PAGE_SIZES if str(size) == query.get("per_page")), PAGE_SIZES[0])


def paginate(rows: QuerySet[Any], query: QueryDict, *, source: QuerySet[Any], is_search: bool) -> "Page[Any]":
    """The page that the URL asks for; what it says wrongly becomes the nearest sensible thing."""
    return ListPaginator(rows, get_page_size(query), source=source, is_search=is_search).get_page(query.get("page"))
