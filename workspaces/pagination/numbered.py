"""Pages by number, at a cost that hardly depends on the page number and the length of the list."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict

PAGE_SIZES = (25, 50, 100)
MAX_UNCOUNTED_OFFSET = 1000
"""Up to this offset, a page is read without counting all rows."""
MAX_SORTED_MATCHES = 250
"""Up to this number of matches, a search reads their keys before it sorts them."""


class ListPaginator(Paginator):  # type: ignore[type-arg] # only the stubs know a parameter
    """Pages of `rows`, whose order is total.

    A page is found by its keys, which an index can provide, and then read from `source`, which contains `rows`. Pages
    in the second half are found from the end.

    is_search: matches can only be found by reading every row. One scan finds both the page and the count if there are
    few matches; if there are many, a page is complete after a few rows in the order of the list.
    """

    def __init__(self, rows: QuerySet[Any], per_page: int, *, source: QuerySet[Any], is_search: bool) -> None:
        super().__init__(rows, per_page)
        self.rows, self.source, self.is_search = rows, source, is_search

    def get_page(self, number: Any) -> "Page[Any]":
        """Return the page with this number: the first one if it is invalid, the last one if it is too high."""
        try:
            page_number = max(1, int(number))
        except (TypeError, ValueError):
            page_number = 1
        if self.is_search:
            self._scan_matches()
        if self._start(page_number) > MAX_UNCOUNTED_OFFSET:
            page_number = min(page_number, self.num_pages)
        keys = self._keys(page_number)
        if not keys and page_number > 1:
            page_number = self.num_pages
            keys = self._keys(page_number)
        found = self.source.in_bulk(keys)
        return Page([found[key] for key in keys if key in found], page_number, self)

    def _start(self, number: int) -> int:
        return (number - 1) * self.per_page

    def _keys(self, number: int) -> list[Any]:
        start = self._start(number)
        keys = self.rows.values_list("pk", flat=True)
        if start > MAX_UNCOUNTED_OFFSET and start > self.count // 2:
            from_end = keys.reverse()[max(0, self.count - start - self.per_page) : self.count - start]
            return list(from_end)[::-1]
        return list(keys[start : start + self.per_page])

    def _scan_matches(self) -> None:
        found = list(self.rows.order_by().values_list("pk", flat=True)[: MAX_SORTED_MATCHES + 1])
        if len(found) <= MAX_SORTED_MATCHES:
            self.count = len(found)
            self.rows = self.rows.all()
            self.rows.query.clear_where()  # otherwise databases might not use these keys
            self.rows = self.rows.filter(pk__in=found)


def get_page_size(query: QueryDict) -> int:
    """Return the page size in the URL, or the default if it is not one of `PAGE_SIZES`."""
    return next((size for size in PAGE_SIZES if str(size) == query.get("per_page")), PAGE_SIZES[0])


def paginate(rows: QuerySet[Any], query: QueryDict, *, source: QuerySet[Any], is_search: bool) -> "Page[Any]":
    """Return the page in the URL, or the nearest valid one."""
    return ListPaginator(rows, get_page_size(query), source=source, is_search=is_search).get_page(query.get("page"))
