"""List pages of the console: a table with search, filters, sorting, pages and columns, all in the URL."""

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
type Results = tuple[ListFilter, ConsoleTable, dict[str, Any]]
"""The results of a query: filters, the table of one page, and additional context of that page."""


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """A list page of the console, in a workspace or, like the list of workspaces, outside of any.

    name: ID of the section in the page and in the sidebar. The event `<name>:changed` on the body reloads the list.
    title, noun: what the list shows, for example `Access tokens` and `token`.
    template: the page. Its partial `section` contains `partials/list.html`, and is what htmx loads.
    view, columns_view: URL names of the list and of the choice of columns (empty: the columns can't be changed).
    rows: the rows before any filter.
    extra_context: what the page and the cells need to know about the member.
    excluded_columns: the columns that the member can't see.
    permission: the permission that opens the list.
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
        """Return the views of the list and of the choice of columns."""

        @require_safe
        @workspace_page(self.permission)
        def list_view(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
            return self.respond(request)

        @require_POST
        @workspace_page(self.permission)
        def columns(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
            return self.save_columns(request)

        return list_view, columns

    def respond(self, request: ConsoleRequest) -> HttpResponse:
        """Return the page, or only its section for htmx."""
        is_partial = request.htmx and not request.htmx.history_restore_request
        template = f"{self.template}#section" if is_partial else self.template
        response = render(request, template, self._context(request, request.GET))
        patch_vary_headers(response, HTMX_HEADERS)
        return response

    def save_columns(self, request: ConsoleRequest) -> HttpResponse:
        """Store the member's columns, and return the same rows without counting them again."""
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
        """Render the current state of one row and the pending toasts (`undo_url`: with an Undo button)."""
        context = self._base_context(request)
        [row] = self._table(request, [record]).rendered_rows
        return render(request, template, {**context, "row": row, **more})

    def find_page(
        self, rows: QuerySet[Any], query: QueryDict, excluded_columns: Collection[str] = ()
    ) -> "tuple[ListFilter, str, Page[Any]]":
        """Apply a query to `rows`. Return its filters, its sort and the page."""
        filters = self.filters(query, queryset=rows)
        sort = self.table.get_sort(query, excluded_columns)
        found = self.table.sort_queryset(filters.qs, sort)
        return filters, sort, paginate(found, query, source=rows, is_search="q" in filters.active)

    def url(self, request: ConsoleRequest) -> str:
        return reverse(self.view, args=_url_arguments(request))

    def current_list_url(self, request: ConsoleRequest) -> str:
        """Return the URL of the list as the member last saw it, with search, filters, sort and page.

        Without htmx, a dialog is a page of its own and sends the list's URL in the field `back`.
        """
        url = self.url(request)
        previous_url = request.POST.get("back") or request.headers.get("Referer")
        current = urlsplit((request.htmx.current_url if request.htmx else previous_url) or "")
        return f"{url}?{current.query}" if current.path == url and current.query else url

    def _base_context(self, request: ConsoleRequest) -> dict[str, Any]:
        membership = _membership(request)
        workspace = {"workspace": membership.workspace} if membership else {}
        return {**workspace, "csrf_token": get_token(request), **self.extra_context(request)}

    def _table(self, request: ConsoleRequest, data: "Page[Any] | list[Any]", **options: Any) -> ConsoleTable:
        chosen = get_visible_columns(_membership(request), self.table)
        return self.table(data, chosen=chosen, excluded_columns=self.excluded_columns(request), **options)

    def _context(self, request: ConsoleRequest, query: QueryDict) -> dict[str, Any]:
        """Return the context of the page for `query`."""
        url, base, rows = self.url(request), self._base_context(request), self.rows(request)
        filters, table, more = self._results(request, rows, query)
        return {
            **base,
            **more,
            "listing": self,
            "section": self.name,
            "table": table,
            "filters": filters,
            "has_rows": bool(table.rendered_rows) or rows.exists(),
            "list_url": url,
            "columns_url": reverse(self.columns_view, args=_url_arguments(request)) if self.columns_view else "",
            "here": f"{url}?{query.urlencode()}" if query else url,
            "query": query,
            "page_sizes": PAGE_SIZES,
            "page_size": get_page_size(query),
        }

    def _results(self, request: ConsoleRequest, rows: QuerySet[Any], query: QueryDict) -> Results:
        filters, sort, page = self.find_page(rows, query, self.excluded_columns(request))
        return filters, self._table(request, page, sort=sort), {"page": page}


@dataclass(frozen=True, kw_only=True)
class LogPage(ListPage):
    """The list of events, newest first. It is too long to count, so its pages are found by position.

    toolbar: the template next to the filters.
    """

    toolbar: str

    def _results(self, request: ConsoleRequest, rows: QuerySet[Any], query: QueryDict) -> Results:
        filters = self.filters(query, queryset=rows)
        event_page = get_event_page(filters.qs, query, get_page_size(query))
        newest = EventPosition.of_event(event_page.rows[0]) if event_page.rows else EventPosition(timezone.now(), 0)
        return filters, self._table(request, event_page.rows), {"event_page": event_page, "newest": str(newest)}


def _membership(request: ConsoleRequest) -> Membership | None:
    return getattr(request, "membership", None)


def _url_arguments(request: ConsoleRequest) -> list[str]:
    """Return the arguments of the list's URLs: the slug of the workspace, if there is one."""
    membership = _membership(request)
    return [membership.workspace.slug] if membership else []
