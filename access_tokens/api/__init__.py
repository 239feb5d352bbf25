"""The REST API: thin endpoints over the operations. `access_tokens.middleware` has checked the token before."""

from ninja import NinjaAPI

from access_tokens.api import events, me, members, projects, roles, services, tokens, workspaces
from access_tokens.api.errors import handle_errors

api = NinjaAPI(title="Latchkey", version="1", urls_namespace="api", docs_url=None, openapi_url=None)
handle_errors(api)
for part in (me, workspaces, members, roles, tokens, projects, events, services):
    api.add_router("", part.router)
