"""The REST API: thin endpoints over the operations. `access_tokens.middleware` has checked the token before."""

from access_tokens.api import introspection, me, roles, tokens, workspaces
from tokens_site.api_docs import ApiDocs, DocumentedAPI, for_anybody
from workspaces.api import events, invitations, members, projects
from workspaces.api.error_handlers import handle_errors
from workspaces.api.query_parameters import known_parameters_only
from workspaces.api.renderer import FastRenderer

api = DocumentedAPI(
    title="Latchkey",
    version="1",
    description="Issue, watch and revoke the access tokens of a workspace, and check the tokens that you receive.",
    urls_namespace="api",
    renderer=FastRenderer(),
    docs=ApiDocs(),
    docs_decorator=for_anybody,
)
api.add_decorator(known_parameters_only, mode="view")
handle_errors(api)
for part in (me, workspaces, members, invitations, roles, tokens, projects, events, introspection):
    api.add_router("", part.router)
