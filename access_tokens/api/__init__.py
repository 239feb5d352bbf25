"""The REST API: thin endpoints over the operations. `access_tokens.middleware` has checked the token before."""

from access_tokens.api import events, invitations, me, members, projects, roles, services, tokens, workspaces
from access_tokens.api.entrance import known_parameters_only
from access_tokens.api.errors import handle_errors
from access_tokens.api.openapi import ApiDocs, DocumentedAPI, for_anybody
from access_tokens.api.rendering import FastRenderer

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
for part in (me, workspaces, members, invitations, roles, tokens, projects, events, services):
    api.add_router("", part.router)
