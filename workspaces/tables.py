"""What every table of the console has: columns that a person chooses, sorting and paging that live in the URL."""

from collections.abc import Mapping, Sequence
from typing import Any

import django_tables2 as tables
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import QueryDict
from django.template import Context

from workspaces.models import Membership

PAGE_SIZES = (25, 50, 100)


def chosen_columns(membership: Membership, table: str, *, offered: Mapping[str, bool]) -> set[str]:
    """The columns of `table` that this member sees. `offered`: each that may be hidden, and is it shown at first?"""
    chosen = membership.table_columns.get(table)
    if chosen is None:
        return {name for name, at_first in offered.items() if at_first}
    return {name for name in chosen if name in offered}


def choose_columns(
    membership: Membership, table: str, chosen: Sequence[str] | None, *, offered: Mapping[str, bool]
) -> None:
    """Keep a member's choice for `table`; None brings the first choice back. Unknown names are left out."""
    if chosen is None:
        membership.table_columns.pop(table, None)
    else:
        membership.table_columns[table] = [name for name in offered if name in chosen]
    membership.save(update_fields=["table_columns"])


def paginate(table: tables.Table, query: QueryDict) -> tables.Table:
    """Sort and page `table` as the URL says; what the URL says wrongly becomes the nearest sensible thing."""
    sizes = [size for size in PAGE_SIZES if str(size) == query.get("per_page")]
    table.paginate(per_page=sizes[0] if sizes else PAGE_SIZES[0], page=1)
    asked = query.get("page", "")
    is_below = asked.lstrip("-").isdecimal() and int(asked) < 1
    table.page = table.paginator.get_page(1 if is_below else asked)
    return table


def sort_of(query: QueryDict, table_class: type[tables.Table], *, default: str) -> str:
    """The `sort` of the URL if it names a sortable column (`-` before it: downwards), else `default`."""
    asked = query.get("sort", "")
    column = table_class.base_columns.get(asked.removeprefix("-"))
    return asked if column is not None and column.orderable is not False else default


class ConsoleTable(tables.Table):  # type: ignore[misc] # django-tables2 has no types
    """A table whose cells are template columns: `extra` is what they see besides their record."""

    def __init__(self, data: QuerySet[Any] | list[Any], *, extra: Mapping[str, Any], **options: Any) -> None:
        super().__init__(data, order_by_field="sort", **options)
        self.context = Context(dict(extra))

    @property
    def page_numbers(self) -> list[int | str]:
        """The numbers of the pager: the first, the last and those about the present one, `…` for what is left out."""
        page: Page[Any] = self.page
        return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
