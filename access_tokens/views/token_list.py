"""The list of access tokens and the choice of its columns."""

from typing import Any

from access_tokens.filters import AccessTokenFilter
from access_tokens.tables import AccessTokenTable
from workspaces.console.list_page import ListPage
from workspaces.console.page_access import ConsoleRequest
from workspaces.permissions import Permission


def token_list_context(request: ConsoleRequest) -> dict[str, Any]:
    return {
        "tokens_url": TOKENS.url(request) + "/",
        "can_create_tokens": request.membership.has_permission(Permission.CREATE_TOKENS),
    }


TOKENS = ListPage(
    name="tokens",
    title="Access tokens",
    noun="token",
    template="access_tokens/token_list.html",
    view="access_tokens:list",
    columns_view="access_tokens:columns",
    table=AccessTokenTable,
    filters=AccessTokenFilter,
    rows=lambda request: request.membership.workspace.access_tokens.select_related("creator"),
    extra_context=token_list_context,
)
token_list, columns = TOKENS.views()


def token_list_url(request: ConsoleRequest) -> str:
    """Return the URL of the list with the search, filters, sort and page that the member last saw."""
    return TOKENS.current_list_url(request)
