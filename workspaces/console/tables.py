"""What every table of the console has: columns that a person chooses, and sorting that lives in the URL."""

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


class ShownColumn(NamedTuple):
    """What every row needs to know of a column. attributes: of its `<td>`, as HTML."""

    attributes: SafeString
    template: Any


class Cell(tables.TemplateColumn):  # type: ignore[misc] # django-tables2 has no types
    """A column whose cells are a partial of the table's template of cells.

    by: what it sorts by, fields or expressions; without any it does not sort.
    none: where rows without a value stand in that order, if there can be any.
    at_first: is it shown to who has chosen nothing yet? optional: may it be hidden at all?
    place: on a phone's card: at its head, in its corner, at its foot; else a line with the column's header.
    """

    def __init__(
        self,
        template: str,
        name: str,
        header: str,
        *,
        by: Sequence[str | Expression] = (),
        none: Literal["greatest", "least"] | None = None,
        at_first: bool = True,
        optional: bool = True,
        place: Literal["head", "st", "act"] | None = None,
    ) -> None:
        super().__init__(
            template_name=f"{template}#{name}",
            verbose_name=header,
            orderable=bool(by),
            empty_values=(),
            accessor="pk",
        )
        self.by, self.none, self.at_first, self.optional, self.place = by, none, at_first, optional, place

    def __deepcopy__(self, memo: object) -> Self:
        """Each table has columns of its own, but what they are made of never changes."""
        return copy(self)

    @property
    def shown(self) -> ShownColumn:
        """What rows need to know of it."""
        name = {"data-label": self.header} if self.place is None else {"class": self.place}
        return ShownColumn(flatatt(name), get_template(self.template_name).template)  # type: ignore[attr-defined]

    def terms(self, *, downwards: bool) -> list[OrderBy]:
        """The terms of ORDER BY."""
        nulls: dict[str, bool] = {}
        if self.none:
            nulls = {"nulls_last": True} if (self.none == "greatest") != downwards else {"nulls_first": True}
        keys = [F(key) if isinstance(key, str) else key for key in self.by]
        return [OrderBy(key, descending=downwards, **nulls) for key in keys]


class Line(NamedTuple):
    """A row as a page draws it. attributes: of its `<tr>`, by name. Lighter than a row of django-tables2."""

    record: Any
    attributes: dict[str, str]
    columns: list[ShownColumn]


def cells(template: str) -> partial[Cell]:
    """Makes the columns of a table whose cells are partials of `template`, each named like its column."""
    return partial(Cell, template)


class ConsoleTable(tables.Table):  # type: ignore[misc] # django-tables2 has no types
    """A table of cells, of the rows of one page. Each cell sees its `record`, and all that the page sees.

    key: under which a member's choice of columns is kept.
    data: rows, or the page of a list that they are.
    sort: the name of the column that it is sorted by, with `-` before it if downwards.
    hidden: names of columns that are not chosen. without: of those that this person may not see at all.
    """

    key: ClassVar[str]
    default_sort: ClassVar[str]

    def __init__(
        self,
        data: "Page[Any] | list[Any]",
        *,
        sort: str = "",
        chosen: Collection[str] = (),
        without: Collection[str] = (),
    ) -> None:
        self.sort, self.chosen, self.without = sort or self.default_sort, chosen, without
        offered = self.offered(without)
        hidden = [*without, *[name for name in offered if name not in chosen]]
        super().__init__(list(data), order_by_field="sort", exclude=hidden)
        self.page = data if isinstance(data, Page) else None

    @cached_property
    def lines(self) -> list[Line]:
        """The rows, each with the same columns."""
        shown = [one.column.shown for one in self.columns]
        attributes = self.row_attrs.items()
        return [Line(record, {name: of(record=record) for name, of in attributes}, shown) for record in self.data.data]

    @classmethod
    def offered(cls, without: Collection[str] = ()) -> dict[str, Cell]:
        """The columns that may be shown and hidden, by name: first those that are shown at first."""
        optional = {
            name: column for name, column in cls.base_columns.items() if column.optional and name not in without
        }
        return dict(sorted(optional.items(), key=lambda item: not item[1].at_first))

    @classmethod
    def order(cls, rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
        """`rows` in the order of a sort of the URL; those that are equal in it keep an order too, by their key."""
        downwards = sort.startswith("-")
        column: Cell = cls.base_columns[sort.removeprefix("-")]
        return rows.order_by(*column.terms(downwards=downwards), OrderBy(F("pk"), descending=downwards))

    @classmethod
    def sort_of(cls, query: QueryDict, without: Collection[str] = ()) -> str:
        """The `sort` of the URL if it names a column that sorts (`-` before it: downwards), else the default."""
        asked = query.get("sort", "")
        name = asked.removeprefix("-")
        column = cls.base_columns.get(name)
        return asked if column is not None and column.by and name not in without else cls.default_sort

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
    def sorts(self) -> list[tuple[str, str, bool]]:
        """Each sort, both ways, for the list that phones have in place of the table's head: value, words, is it on?"""
        named = [(name, column.verbose_name) for name, column in self.base_columns.items() if column.by]
        both = [
            (f"{sign}{name}", f"{words} {arrow}")
            for name, words in named
            if name not in self.without
            for sign, arrow in (("", "↑"), ("-", "↓"))
        ]
        return [("" if sort == self.default_sort else sort, words, sort == self.sort) for sort, words in both]

    @property
    def switches(self) -> list[tuple[str, str, bool]]:
        """Name, header and "is it on?" of each switch in the Columns list."""
        offered = self.offered(self.without).items()
        return [(name, column.verbose_name, name in self.chosen) for name, column in offered]

    @property
    def page_numbers(self) -> list[int | str]:
        """The numbers of the pager: the first, the last and those about the present one, `…` for what is left out."""
        page = self.page
        assert page is not None
        return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


def chosen_columns(membership: Membership | None, table: type[ConsoleTable]) -> set[str]:
    """The columns of `table` that this member sees, of those that may be hidden. None chose nothing."""
    offered = table.offered()
    chosen = membership.table_columns.get(table.key) if membership else None
    if chosen is None:
        return {name for name, column in offered.items() if column.at_first}
    return {name for name in chosen if name in offered}


def choose_columns(membership: Membership, table: type[ConsoleTable], chosen: Sequence[str] | None) -> None:
    """Keep a member's choice for `table`; None brings the first choice back. Unknown names are left out."""
    if chosen is None:
        membership.table_columns.pop(table.key, None)
    else:
        membership.table_columns[table.key] = [name for name in table.offered() if name in chosen]
    membership.save(update_fields=["table_columns"])
