"""A list page of the console: a table with search, filters, sorting, paging and columns, all of it by its URL."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from workspaces.console.filters import ListFilter
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.console.tables import ConsoleTable, choose_columns, chosen_columns
from workspaces.models import Membership, Workspace
from workspaces.pagination.keyset import EventPosition, slice_of
from workspaces.pagination.numbered import PAGE_SIZES, paginate, size_of_page
from workspaces.permissions import Permission

HTMX_HEADERS = ("HX-Request", "HX-History-Restore-Request")


type View = Callable[..., HttpResponseBase]
type Part = tuple[ListFilter, ConsoleTable, dict[str, Any]]
"""What a query finds: its filters, the table of a page of it, and what else the template needs for that page."""


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """One list of the console, of a workspace or, like that of workspaces, of none.

    name: of its section, in the page and in the sidebar. The event `<name>:changed` on the body makes it read itself
    again.
    title, noun: what it lists: `Access tokens`, `token`.
    template: the page. Its partial `section` holds `partials/list.html`, and is what htmx asks for.
    view, columns_view: the names of its URLs; without the latter, its columns are as they are.
    rows: what there is to list.
    powers: what page and cells need to know of the person.
    without: the columns that the person may not see.
    permission: which members may see it at all.
    """

    name: str
    title: str
    noun: str
    template: str
    view: str
    table: type[ConsoleTable]
    filters: type[ListFilter]
    rows: Callable[[ConsoleRequest], QuerySet[Any]]
    powers: Callable[[ConsoleRequest], Mapping[str, Any]]
    columns_view: str = ""
    permission: Permission = Permission.VIEW_WORKSPACE
    without: Callable[[ConsoleRequest], Collection[str]] = lambda request: ()

    def views(self) -> tuple[View, View]:
        """The views of its two addresses: the list, and the choice of its columns."""

        @require_safe
        @workspace_page(self.permission)
        def listed(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
            return self.answer(request)

        @require_POST
        @workspace_page(self.permission)
        def columns(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
            return self.keep_columns(request)

        return listed, columns

    def answer(self, request: ConsoleRequest) -> HttpResponse:
        """The page; for htmx, its section alone."""
        is_partial = request.htmx and not request.htmx.history_restore_request
        template = f"{self.template}#section" if is_partial else self.template
        response = render(request, template, self._context(request, request.GET))
        patch_vary_headers(response, HTMX_HEADERS)
        return response

    def keep_columns(self, request: ConsoleRequest) -> HttpResponse:
        """Keep my choice of columns in this workspace, and show the rows again as they were, without counting them."""
        chosen = None if "reset" in request.POST else request.POST.getlist("columns")
        choose_columns(request.membership, self.table, chosen)
        if not request.htmx:
            return redirect(self.url_as_seen(request))
        query = QueryDict(urlsplit(self.url_as_seen(request)).query)
        context = {**self._context(request, query), "is_other_columns": True}
        return render(request, f"{self.template}#section", context)

    def row(
        self, request: ConsoleRequest, record: Any, *, template: str = "partials/row.html", **more: Any
    ) -> HttpResponse:
        """One row as it is now, and the toasts that are waiting (`undo_url`: with a way back)."""
        extra = self._extra(request)
        [row] = self._table(request, [record]).lines
        return render(request, template, {**extra, "row": row, **more})

    def look(
        self, rows: QuerySet[Any], query: QueryDict, without: Collection[str] = ()
    ) -> "tuple[ListFilter, str, Page[Any]]":
        """What `query` finds among `rows`: its filters, its sort, and the page."""
        filters = self.filters(query, queryset=rows)
        sort = self.table.sort_of(query, without)
        found = self.table.order(filters.qs, sort)
        return filters, sort, paginate(found, query, source=rows, is_search="q" in filters.wanted)

    def url(self, request: ConsoleRequest) -> str:
        return reverse(self.view, args=_place(request))

    def url_as_seen(self, request: ConsoleRequest) -> str:
        """The list as the person last saw it, with its search, filters, sort and page.

        Without htmx, a dialog is a page of its own, and carries along where it was opened from.
        """
        url = self.url(request)
        came_from = request.POST.get("back") or request.headers.get("Referer")
        seen = urlsplit((request.htmx.current_url if request.htmx else came_from) or "")
        return f"{url}?{seen.query}" if seen.path == url and seen.query else url

    def _extra(self, request: ConsoleRequest) -> dict[str, Any]:
        membership = _membership(request)
        here = {"workspace": membership.workspace} if membership else {}
        return {**here, "csrf_token": get_token(request), **self.powers(request)}

    def _table(self, request: ConsoleRequest, data: "Page[Any] | list[Any]", **options: Any) -> ConsoleTable:
        chosen = chosen_columns(_membership(request), self.table)
        return self.table(data, chosen=chosen, without=self.without(request), **options)

    def _context(self, request: ConsoleRequest, query: QueryDict) -> dict[str, Any]:
        """All that the template needs for the view that `query` asks for."""
        url, extra, rows = self.url(request), self._extra(request), self.rows(request)
        filters, table, more = self._part(request, rows, query)
        return {
            **extra,
            **more,
            "listing": self,
            "section": self.name,
            "table": table,
            "filters": filters,
            "has_rows": bool(table.lines) or rows.exists(),
            "list_url": url,
            "columns_url": reverse(self.columns_view, args=_place(request)) if self.columns_view else "",
            "here": f"{url}?{query.urlencode()}" if query else url,
            "query": query,
            "page_sizes": PAGE_SIZES,
            "page_size": size_of_page(query),
        }

    def _part(self, request: ConsoleRequest, rows: QuerySet[Any], query: QueryDict) -> Part:
        filters, sort, page = self.look(rows, query, self.without(request))
        return filters, self._table(request, page, sort=sort), {"page": page}


@dataclass(frozen=True, kw_only=True)
class LogPage(ListPage):
    """A log of events, which has grown too long to be counted: its pages are found by place, newest first.

    toolbar: the template of what stands beside its filters.
    """

    toolbar: str

    def _part(self, request: ConsoleRequest, rows: QuerySet[Any], query: QueryDict) -> Part:
        filters = self.filters(query, queryset=rows)
        part = slice_of(filters.qs, query, size_of_page(query))
        newest = EventPosition.of(part.rows[0]) if part.rows else EventPosition(timezone.now(), 0)
        return filters, self._table(request, part.rows), {"part": part, "newest": str(newest)}


def _membership(request: ConsoleRequest) -> Membership | None:
    return getattr(request, "membership", None)


def _place(request: ConsoleRequest) -> list[str]:
    """The arguments of a list's URLs: the workspace, if it is one's."""
    membership = _membership(request)
    return [membership.workspace.slug] if membership else []
