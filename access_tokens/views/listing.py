"""The list of tokens, one row of it, and the choice of its columns."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from access_tokens.filters import AccessTokenFilter
from access_tokens.models import AccessToken, Expiry, Status
from access_tokens.tables import (
    DEFAULT_SORT,
    OFFERED_COLUMNS,
    TABLE,
    AccessTokenTable,
    column_switches,
    hidden_columns,
)
from workspaces.console import ConsoleRequest, workspace_page
from workspaces.models import Workspace
from workspaces.permissions import Permission, Role
from workspaces.tables import PAGE_SIZES, choose_columns, chosen_columns, paginate, sort_of

INSTANTS = ("created_after", "expires_before", "last_used_before")
"""Filters that have no field in the page: they come by address, and stay while others change."""
HTMX_HEADERS = ("HX-Request", "HX-History-Restore-Request")


@require_safe
@workspace_page()
def token_list(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """The page; for htmx, its section alone."""
    is_partial = request.htmx and not request.htmx.history_restore_request
    template = "access_tokens/list.html#section" if is_partial else "access_tokens/list.html"
    response = render(request, template, list_context(request, workspace, request.GET))
    patch_vary_headers(response, HTMX_HEADERS)
    return response


@require_POST
@workspace_page()
def columns(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    """Keep my choice of columns in this workspace, and show the list again as it was."""
    chosen = None if "reset" in request.POST else request.POST.getlist("columns")
    choose_columns(request.membership, TABLE, chosen, offered=OFFERED_COLUMNS)
    if not request.htmx:
        return redirect(list_url(request, workspace))
    query = QueryDict(urlsplit(list_url(request, workspace)).query)
    return render(request, "access_tokens/list.html#section", list_context(request, workspace, query))


def list_url(request: ConsoleRequest, workspace: Workspace) -> str:
    """The list as the person last saw it, with its search, filters, sort and page.

    Without htmx, a dialog is a page of its own, and carries along where it was opened from.
    """
    url = reverse("access_tokens:list", args=[workspace.slug])
    came_from = request.POST.get("back") or request.headers.get("Referer")
    seen = urlsplit((request.htmx.current_url if request.htmx else came_from) or "")
    return f"{url}?{seen.query}" if seen.path == url and seen.query else url


def sent(request: ConsoleRequest) -> QueryDict | None:
    """What a form is bound to: nothing, before it was sent."""
    return request.POST if request.method == "POST" else None


def sent_over(request: ConsoleRequest, token: AccessToken) -> QueryDict:
    """What was sent, but for the token as it is now: whoever sends it again has seen both."""
    data = request.POST.copy()
    data["version"] = str(token.version)
    return data


def powers(request: ConsoleRequest) -> dict[str, Any]:
    """What rows need to know of the person: `can` by action, and their role, which bounds the scopes they may touch."""
    may = request.membership.may
    return {
        "workspace": request.membership.workspace,
        "role": request.membership.role,
        "can": {
            "create": may(Permission.CREATE_TOKENS),
            "edit": may(Permission.EDIT_TOKENS),
            "copy": may(Permission.COPY_TOKENS),
            "enable": may(Permission.ENABLE_TOKENS),
            "rotate": may(Permission.ROTATE_TOKENS),
            "disable": may(Permission.DISABLE_TOKENS),
            "delete": may(Permission.DELETE_TOKENS),
        },
    }


def tokens_of(workspace: Workspace) -> Any:
    """The workspace's tokens with all that a row shows, in one query."""
    return workspace.access_tokens.select_related("workspace", "creator")


def list_context(request: ConsoleRequest, workspace: Workspace, query: QueryDict) -> dict[str, Any]:
    """All that the list template needs for the view that `query` asks for."""
    url = reverse("access_tokens:list", args=[workspace.slug])
    filters = AccessTokenFilter(query, queryset=tokens_of(workspace))
    sort = sort_of(query, AccessTokenTable, default=DEFAULT_SORT)
    extra = {**powers(request), "csrf_token": get_token(request)}
    chosen = chosen_columns(request.membership, TABLE, offered=OFFERED_COLUMNS)
    table = AccessTokenTable(filters.qs.sorted_by(sort), extra=extra, exclude=hidden_columns(chosen))
    paginate(table, query)
    sort_column = sort.removeprefix("-")
    return {
        **extra,
        "section": "tokens",
        "table": table,
        "has_tokens": bool(table.paginator.count) or workspace.access_tokens.exists(),
        "list_url": url,
        "here": f"{url}?{query.urlencode()}" if query else url,
        "query": query,
        "wanted": filters.wanted,
        "wanted_words": _wanted_words(filters.wanted),
        "instants": [(name, query[name]) for name in INSTANTS if name in filters.wanted],
        "statuses": Status.choices,
        "scopes": [(role.wire_name, role.label) for role in Role],
        "expiries": Expiry.choices,
        "switches": column_switches(chosen),
        "sort": sort,
        "sort_column": sort_column,
        "sort_direction": "descending" if sort.startswith("-") else "ascending",
        "sort_words": AccessTokenTable.base_columns[sort_column].verbose_name,
        "sorts": _sorts(sort),
        "page_sizes": PAGE_SIZES,
        "page_size": table.paginator.per_page,
    }


def _wanted_words(wanted: dict[str, Any]) -> list[str]:
    """The filters in effect, as a person reads them."""
    words = {
        "q": lambda value: f"“{value}”",
        "status": lambda value: Status(value).label,
        "scope": lambda value: Role.from_wire(value).label,
        "expires": lambda value: f"expiry: {Expiry(value).label}",
        "created_after": lambda value: f"created after {value:%Y-%m-%d %H:%M} UTC",
        "expires_before": lambda value: f"expires before {value:%Y-%m-%d %H:%M} UTC",
        "last_used_before": lambda value: f"last used before {value:%Y-%m-%d %H:%M} UTC",
    }
    return [words[name](value) for name, value in wanted.items()]


def _sorts(present: str) -> list[tuple[str, str, bool]]:
    """Each sort, both ways, for the list that phones have in place of the table's head: value, words, is it on?"""
    columns = AccessTokenTable.base_columns.items()
    names = [(name, column.verbose_name) for name, column in columns if column.orderable is not False]
    both = [(f"{sign}{name}", f"{words} {arrow}") for name, words in names for sign, arrow in (("", "↑"), ("-", "↓"))]
    return [("" if sort == DEFAULT_SORT else sort, words, sort == present) for sort, words in both]


def row(request: ConsoleRequest, token: AccessToken, *, undo_url: str = "", **more: Any) -> HttpResponse:
    """One row of the list as it is now, and the toasts that are waiting, with an Undo if there is a way back."""
    extra = {**powers(request), "csrf_token": get_token(request)}
    chosen = chosen_columns(request.membership, TABLE, offered=OFFERED_COLUMNS)
    table = AccessTokenTable([token], extra=extra, exclude=hidden_columns(chosen))
    context = {**extra, "row": table.rows[0], "token": token, "undo_url": undo_url, **more}
    return render(request, "access_tokens/row.html", context)
