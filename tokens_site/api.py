"""The REST API, assembled. `access_tokens.middleware` authenticates its requests."""

from access_tokens.api import introspection, me, tokens, workspaces
from tokens_site.api_docs import ApiDocs, DocumentedAPI, public_view
from workspaces.api import events, invitations, members, projects, roles
from workspaces.api.endpoints import known_parameters_only
from workspaces.api.error_handlers import handle_errors
from workspaces.api.renderer import FastRenderer

ROUTERS = {
    me.router: "The token that sends the request.",
    workspaces.router: "A workspace and the policies for its tokens.",
    members.router: "The people in a workspace and their roles.",
    invitations.router: "Invitations to join a workspace.",
    roles.router: "The roles that members and tokens can have.",
    tokens.router: "Create, list, update, rotate, disable and delete tokens.",
    projects.router: "Resources that tokens can read or change, depending on their scope.",
    events.router: "The event log of a workspace.",
    introspection.router: "For services and gateways that receive tokens.",
}

api = DocumentedAPI(
    title="Latchkey",
    version="1",
    description="Create, monitor and revoke the access tokens of a workspace, and check the tokens you receive.",
    urls_namespace="api",
    renderer=FastRenderer(),
    docs=ApiDocs(),
    docs_decorator=public_view,
    openapi_extra={
        "tags": [{"name": tag, "description": text} for router, text in ROUTERS.items() for tag in router.tags or ()],
        "security": [{"bearer": []}],
    },
)
api.add_decorator(known_parameters_only, mode="view")
handle_errors(api)
for router in ROUTERS:
    api.add_router("", router)
