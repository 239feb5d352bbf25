"""The list of tokens, one row of it, and the choice of its columns."""

from typing import Any

from django.http import HttpResponse, QueryDict

from access_tokens.filters import AccessTokenFilter
from access_tokens.models import AccessToken
from access_tokens.tables import AccessTokenTable
from workspaces.console.list_page import ListPage
from workspaces.console.page_access import ConsoleRequest
from workspaces.models import Workspace
from workspaces.permissions import Permission


def sent_over(request: ConsoleRequest, token: AccessToken) -> QueryDict:
    """What was sent, but for the token as it is now: whoever sends it again has seen both."""
    data = request.POST.copy()
    data["version"] = str(token.version)
    return data


def extra_context(request: ConsoleRequest) -> dict[str, Any]:
    """What rows need to know of the person: `can` by action, and their role, which bounds the scopes they may touch."""
    may = request.membership.has_permission
    return {
        "workspace": request.membership.workspace,
        "tokens_url": TOKENS.url(request) + "/",
        "role": request.membership.role,
        "can": {
            "create": may(Permission.CREATE_TOKENS),
            "edit": may(Permission.EDIT_TOKENS),
            "copy": may(Permission.COPY_TOKENS),
            "enable": may(Permission.ENABLE_TOKENS),
            "rotate": may(Permission.ROTATE_TOKENS),
            "disable": may(Permission.DISABLE_TOKENS),
            "delete": may(Permission.DELETE_TOKENS),
            "view_events": may(Permission.VIEW_EVENTS),
        },
    }


def tokens_of(workspace: Workspace) -> Any:
    """The workspace's tokens with all that a row shows, in one query."""
    return workspace.access_tokens.select_related("creator")


TOKENS = ListPage(
    name="tokens",
    title="Access tokens",
    noun="token",
    template="access_tokens/token_list.html",
    view="access_tokens:list",
    columns_view="access_tokens:columns",
    table=AccessTokenTable,
    filters=AccessTokenFilter,
    rows=lambda request: tokens_of(request.membership.workspace),
    extra_context=extra_context,
)
token_list, columns = TOKENS.views()


def list_url(request: ConsoleRequest, workspace: Workspace) -> str:
    return TOKENS.current_list_url(request)


def row(request: ConsoleRequest, token: AccessToken, **more: Any) -> HttpResponse:
    """One row of the list as it is now; then, if any are `offered`, the dialog with what the token made."""
    return TOKENS.render_row(request, token, template="access_tokens/token_row.html", token=token, **more)
