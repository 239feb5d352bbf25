"""The console's tables: django-tables2 with optional columns, sorting by the URL, and rows that render fast.

django-tables2 renders a row through about ten template tags and methods for each cell, which took most of the time of a
page. `ConsoleTable.rendered_rows` and the tag `table_row` replace only that part: each cell is one template partial.
Columns, sorting, `Meta.row_attrs` and pages are those of django-tables2.
"""

from collections.abc import Collection, Sequence
from copy import copy
from functools import cached_property, partial
from typing import Any, ClassVar, Literal, NamedTuple, Self

import django_tables2 as tables
from django.core.paginator import Page
from django.db.models import F, QuerySet
from django.db.models.expressions import Expression, OrderBy
from django.forms.utils import flatatt
from django.http import QueryDict
from django.template.loader import get_template
from django.utils.safestring import SafeString

from workspaces.models import Membership


class RenderedColumn(NamedTuple):
    """A column as the rows need it. attributes: those of its `<td>` elements, as HTML."""

    attributes: SafeString
    template: Any


class CellColumn(tables.TemplateColumn):  # type: ignore[misc] # django-tables2 has no types
    """A column whose cells are partials of the table's template.

    sort_by: fields or expressions to sort by. Without any, the column can't be sorted.
    none: whether rows without a value sort as the greatest or the least ones, if there can be any.
    is_default: whether it is one of the default columns. can_be_hidden: whether members can hide it.
    card_area: where a phone's card shows it: "head", "st" (its corner) or "act" (its foot). By default, on a line of
    its own with the header as its label.
    """

    def __init__(
        self,
        template: str,
        name: str,
        header: str,
        *,
        sort_by: Sequence[str | Expression] = (),
        none: Literal["greatest", "least"] | None = None,
        is_default: bool = True,
        can_be_hidden: bool = True,
        card_area: Literal["head", "st", "act"] | None = None,
    ) -> None:
        super().__init__(
            template_name=f"{template}#{name}",
            verbose_name=header,
            orderable=bool(sort_by),
            empty_values=(),
            accessor="pk",
        )
        self.sort_by, self.none, self.is_default = sort_by, none, is_default
        self.can_be_hidden, self.card_area = can_be_hidden, card_area

    def __deepcopy__(self, memo: object) -> Self:
        """Copy the column for a table. Its parts never change, so a shallow copy is enough."""
        return copy(self)

    @property
    def rendered(self) -> RenderedColumn:
        """Return the column as the rows need it."""
        name = {"data-label": self.header} if self.card_area is None else {"class": self.card_area}
        return RenderedColumn(flatatt(name), get_template(self.template_name).template)  # type: ignore[attr-defined]

    def order_by_terms(self, *, descending: bool) -> list[OrderBy]:
        """Return the terms of ORDER BY."""
        nulls: dict[str, bool] = {}
        if self.none:
            nulls = {"nulls_last": True} if (self.none == "greatest") != descending else {"nulls_first": True}
        keys = [F(key) if isinstance(key, str) else key for key in self.sort_by]
        return [OrderBy(key, descending=descending, **nulls) for key in keys]


class RenderedRow(NamedTuple):
    """A row as the page shows it. attributes: those of its `<tr>` element, by name."""

    record: Any
    attributes: dict[str, str]
    columns: list[RenderedColumn]


def cell_factory(template: str) -> partial[CellColumn]:
    """Return a function that creates columns whose cells are partials of `template`, named like the column."""
    return partial(CellColumn, template)


class ConsoleTable(tables.Table):  # type: ignore[misc] # django-tables2 has no types
    """A table of the rows of one page. A cell's template sees its `record` and the context of the page.

    key: the name under which a member's columns are stored.
    data: the rows, or a page of them.
    sort: the name of the column to sort by, prefixed with `-` for descending order.
    chosen: the optional columns to show. excluded_columns: columns that this member can't see at all.
    """

    key: ClassVar[str]
    default_sort: ClassVar[str]

    def __init__(
        self,
        data: "Page[Any] | list[Any]",
        *,
        sort: str = "",
        chosen: Collection[str] = (),
        excluded_columns: Collection[str] = (),
    ) -> None:
        self.sort, self.chosen, self.excluded_columns = sort or self.default_sort, chosen, excluded_columns
        optional = self.optional_columns(excluded_columns)
        hidden = [*excluded_columns, *[name for name in optional if name not in chosen]]
        super().__init__(list(data), order_by_field="sort", exclude=hidden)
        self.page = data if isinstance(data, Page) else None

    @cached_property
    def rendered_rows(self) -> list[RenderedRow]:
        """Return the rows, each with the visible columns."""
        shown = [one.column.rendered for one in self.columns]
        attributes = self.row_attrs.items()
        return [
            RenderedRow(record, {name: of(record=record) for name, of in attributes}, shown)
            for record in self.data.data
        ]

    @classmethod
    def optional_columns(cls, excluded_columns: Collection[str] = ()) -> dict[str, CellColumn]:
        """Return the columns that members can hide, by name, the default columns first."""
        optional = {
            name: column
            for name, column in cls.base_columns.items()
            if column.can_be_hidden and name not in excluded_columns
        }
        return dict(sorted(optional.items(), key=lambda item: not item[1].is_default))

    @classmethod
    def sort_queryset(cls, rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
        """Sort `rows` by a value of the URL, and rows with equal values by their primary key."""
        descending = sort.startswith("-")
        column: CellColumn = cls.base_columns[sort.removeprefix("-")]
        return rows.order_by(*column.order_by_terms(descending=descending), OrderBy(F("pk"), descending=descending))

    @classmethod
    def get_sort(cls, query: QueryDict, excluded_columns: Collection[str] = ()) -> str:
        """Return the URL's `sort` if it names a sortable column, else the default."""
        requested = query.get("sort", "")
        name = requested.removeprefix("-")
        column = cls.base_columns.get(name)
        return requested if column is not None and column.sort_by and name not in excluded_columns else cls.default_sort

    @property
    def sort_column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def sort_direction(self) -> str:
        return "descending" if self.sort.startswith("-") else "ascending"

    @property
    def sort_words(self) -> str:
        return str(self.base_columns[self.sort_column].verbose_name)

    @property
    def sort_options(self) -> list[tuple[str, str, bool]]:
        """Return every sort in both directions, for the menu on phones: value, label, whether it is selected."""
        named = [(name, column.verbose_name) for name, column in self.base_columns.items() if column.sort_by]
        both = [
            (f"{sign}{name}", f"{words} {arrow}")
            for name, words in named
            if name not in self.excluded_columns
            for sign, arrow in (("", "↑"), ("-", "↓"))
        ]
        return [("" if sort == self.default_sort else sort, words, sort == self.sort) for sort, words in both]

    @property
    def column_switches(self) -> list[tuple[str, str, bool]]:
        """Return the switches of the Columns menu: name, header, whether the column is shown."""
        optional = self.optional_columns(self.excluded_columns).items()
        return [(name, column.verbose_name, name in self.chosen) for name, column in optional]

    @property
    def page_numbers(self) -> list[int | str]:
        """Return the page numbers to link to: the first, the last and those around the current page."""
        page = self.page
        assert page is not None
        return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


def get_visible_columns(membership: Membership | None, table: type[ConsoleTable]) -> set[str]:
    """Return the optional columns that a member sees. `None` sees the default columns."""
    optional = table.optional_columns()
    chosen = membership.table_columns.get(table.key) if membership else None
    if chosen is None:
        return {name for name, column in optional.items() if column.is_default}
    return {name for name in chosen if name in optional}


def save_visible_columns(membership: Membership, table: type[ConsoleTable], chosen: Sequence[str] | None) -> None:
    """Store a member's columns for `table`, without unknown names. None resets them to the default columns."""
    if chosen is None:
        membership.table_columns.pop(table.key, None)
    else:
        membership.table_columns[table.key] = [name for name in table.optional_columns() if name in chosen]
    membership.save(update_fields=["table_columns"])
