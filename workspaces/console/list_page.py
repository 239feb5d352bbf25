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
from workspaces.console.tables import ConsoleTable, get_visible_columns, save_visible_columns
from workspaces.models import Membership, Workspace
from workspaces.pagination.keyset import EventPosition, get_event_page
from workspaces.pagination.numbered import PAGE_SIZES, get_page_size, paginate
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
    extra_context: Callable[[ConsoleRequest], Mapping[str, Any]]
    columns_view: str = ""
    permission: Permission = Permission.VIEW_WORKSPACE
    excluded_columns: Callable[[ConsoleRequest], Collection[str]] = lambda request: ()

    def views(self) -> tuple[View, View]:
        """The views of its two addresses: the list, and the choice of its columns."""

        @require_safe
        @workspace_page(self.permission)
        def listed(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
            return self.respond(request)

        @require_POST
        @workspace_page(self.permission)
        def columns(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
            return self.save_columns(request)

        return listed, columns

    def respond(self, request: ConsoleRequest) -> HttpResponse:
        """The page; for htmx, its section alone."""
        is_partial = request.htmx and not request.htmx.history_restore_request
        template = f"{self.template}#section" if is_partial else self.template
        response = render(request, template, self._context(request, request.GET))
        patch_vary_headers(response, HTMX_HEADERS)
        return response

    def save_columns(self, request: ConsoleRequest) -> HttpResponse:
        """Keep my choice of columns in this workspace, and show the rows again as they were, without counting them."""
        chosen = None if "reset" in request.POST else request.POST.getlist("columns")
        save_visible_columns(request.membership, self.table, chosen)
        if not request.htmx:
            return redirect(self.current_list_url(request))
        query = QueryDict(urlsplit(self.current_list_url(request)).query)
        context = {**self._context(request, query), "has_new_columns": True}
        return render(request, f"{self.template}#section", context)

    def render_row(
        self, request: ConsoleRequest, record: Any, *, template: str = "partials/row.html", **more: Any
    ) -> HttpResponse:
        """One row as it is now, and the toasts that are waiting (`undo_url`: with a way back)."""
        extra = self._extra(request)
        [row] = self._table(request, [record]).rendered_rows
        return render(request, template, {**extra, "row": row, **more})

    def find_page(
        self, rows: QuerySet[Any], query: QueryDict, excluded_columns: Collection[str] = ()
    ) -> "tuple[ListFilter, str, Page[Any]]":
        """What `query` finds among `rows`: its filters, its sort, and the page."""
        filters = self.filters(query, queryset=rows)
        sort = self.table.get_sort(query, excluded_columns)
        found = self.table.sort_queryset(filters.qs, sort)
        return filters, sort, paginate(found, query, source=rows, is_search="q" in filters.active)

    def url(self, request: ConsoleRequest) -> str:
        return reverse(self.view, args=_place(request))

    def current_list_url(self, request: ConsoleRequest) -> str:
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
        return {**here, "csrf_token": get_token(request), **self.extra_context(request)}

    def _table(self, request: ConsoleRequest, data: "Page[Any] | list[Any]", **options: Any) -> ConsoleTable:
        chosen = get_visible_columns(_membership(request), self.table)
        return self.table(data, chosen=chosen, excluded_columns=self.excluded_columns(request), **options)

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
            "has_rows": bool(table.rendered_rows) or rows.exists(),
            "list_url": url,
            "columns_url": reverse(self.columns_view, args=_place(request)) if self.columns_view else "",
            "here": f"{url}?{query.urlencode()}" if query else url,
            "query": query,
            "page_sizes": PAGE_SIZES,
            "page_size": get_page_size(query),
        }

    def _part(self, request: ConsoleRequest, rows: QuerySet[Any], query: QueryDict) -> Part:
        filters, sort, page = self.find_page(rows, query, self.excluded_columns(request))
        return filters, self._table(request, page, sort=sort), {"page": page}


@dataclass(frozen=True, kw_only=True)
class LogPage(ListPage):
    """A log of events, which has grown too long to be counted: its pages are found by place, newest first.

    toolbar: the template of what stands beside its filters.
    """

    toolbar: str

    def _part(self, request: ConsoleRequest, rows: QuerySet[Any], query: QueryDict) -> Part:
        filters = self.filters(query, queryset=rows)
        event_page = get_event_page(filters.qs, query, get_page_size(query))
        newest = EventPosition.of_event(event_page.rows[0]) if event_page.rows else EventPosition(timezone.now(), 0)
        return filters, self._table(request, event_page.rows), {"event_page": event_page, "newest": str(newest)}


def _membership(request: ConsoleRequest) -> Membership | None:
    return getattr(request, "membership", None)


def _place(request: ConsoleRequest) -> list[str]:
    """The arguments of a list's URLs: the workspace, if it is one's."""
    membership = _membership(request)
    return [membership.workspace.slug] if membership else []
