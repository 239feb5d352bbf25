"""The REST API: thin endpoints over the operations. `access_tokens.authentication` has checked the token before."""

from ninja import NinjaAPI

from access_tokens.api import me, projects, tokens, workspaces
from access_tokens.api.errors import handle_errors

api = NinjaAPI(title="Latchkey", version="1", urls_namespace="api", docs_url=None, openapi_url=None)
handle_errors(api)
api.add_router("", me.router)
api.add_router("", workspaces.router)
api.add_router("", tokens.router)
api.add_router("", projects.router)
