"""The words of the API reference: of its headers, parameters and tags, with examples; and what an error looks like."""

from typing import Any

from access_tokens.api.schemas.tokens import NO_REAL_SECRET
from access_tokens.authentication.request_auth import SECRET_EXPIRES_HEADER

EXAMPLE_HOST = "https://tokens.example.com"
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "lkey_…",
    "description": "An access token of your workspace.",
}
TAGS = {
    "me": "The token that calls.",
    "workspaces": "The tenant: its name, and what holds for its tokens.",
    "members": "People with a role in the workspace.",
    "invitations": "Addresses that were asked by e-mail to join, and have not come yet.",
    "roles": "Which roles members and tokens may have.",
    "access tokens": "Issue, watch, change, rotate and revoke tokens.",
    "projects": "Named things that a token may read or write by its scope.",
    "events": "The append-only log of what happened.",
    "services": "For services that receive tokens, and for gateways.",
}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "An error (RFC 9457). `type` leads to the page that explains it and says what to do.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Each wrong field: its JSON pointer in the body, or the name of the parameter.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "required_scope": {"type": "string", "description": "The least scope that would do."},
        "existing": {"type": ["string", "null"], "description": "Where the thing is that was made before."},
    },
}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS = {
    "X-Request-Id": _header("The request's id, in our logs and events too.", "3f1c9d526a534d2e9a540c2f6a1de0aa"),
    "RateLimit-Policy": _header("How many calls a token may make in how many seconds.", '"token";q=600;w=60'),
    "RateLimit": _header("How many calls are left, and the seconds until it begins anew.", '"token";r=599;t=42'),
    SECRET_EXPIRES_HEADER: _header(
        "When the old secret ends with which this call came.", "Wed, 25 Nov 2026 09:30:00 GMT"
    ),
    "ETag": _header("The version of what is answered, for `If-Match`.", '"9f86d081884c7d65"'),
    "Location": _header("Where the thing is that was made.", "/api/v1/workspaces/northwind/access-tokens/7fK2mQ9xLp"),
    "WWW-Authenticate": _header("The challenge (RFC 6750, 3).", 'Bearer realm="Latchkey", error="invalid_token"'),
    "X-Latchkey-Workspace": _header("The token's workspace.", "northwind"),
    "X-Latchkey-Key-Id": _header("The token's key id.", "7fK2mQ9xLp"),
    "X-Latchkey-Scope": _header("The token's scope.", "team_member"),
    "Retry-After": _header("Seconds to wait.", "42"),
}
PARAMETERS: dict[str, tuple[str, Any]] = {
    "slug": ("The workspace's public id.", "northwind"),
    "key_id": ("The public part of a token: what follows the last underscore of its id.", "7fK2mQ9xLp"),
    "name": ("The workspace's name, as it stands, to be sure.", "Its name"),
    "project_id": ("The project's id.", "0b5b6d0e-3f43-4a3e-9a0e-6f2f0a2b7c11"),
    "invitation_id": ("The invitation's id.", "5f0c6f0e-8b8a-4a55-9a58-5f4f6f1f2f77"),
    "email": ("The member's e-mail.", "priya@northwind.example"),
    "status": ("What holds for the token, be it the first of several states or not.", "active"),
    "scope": ("The role that the token acts with.", "viewer"),
    "q": ("Words within the label, the token id or the creator; of an event: within its thing or its actor.", "backup"),
    "expires": ("`soon` is within 14 days.", "soon"),
    "created_after": ("Later than this.", "2026-11-01T00:00:00Z"),
    "expires_before": ("Earlier than this. Tokens without an end are not among them.", "2027-01-01T00:00:00Z"),
    "last_used_before": ("Earlier than this. Tokens never used are not among them.", "2026-11-01T00:00:00Z"),
    "sort": ("By which field, `-` before it: downwards.", "-created_at"),
    "archived": ("Only those that are archived; if false, only those that are not.", False),
    "type": ("What happened.", "token.created"),
    "actor": ("Who did it: an e-mail, a token id, a command.", "priya@northwind.example"),
    "subject": ("What it happened to, by its id.", "priya@northwind.example_7fK2mQ9xLp"),
    "request_id": ("In which request.", "3f1c9d526a534d2e9a540c2f6a1de0aa"),
    "at_after": ("Later than this.", "2026-11-01T00:00:00Z"),
    "at_before": ("Earlier than this.", "2027-01-01T00:00:00Z"),
    "workspace": ("Whose tokens may pass. May be given several times.", ["northwind"]),
    "cursor": ("`next` of the page before, as it is, with the same filters.", "WyIyMDI2…"),
    "limit": ("How many at most.", 25),
}
FORM_EXAMPLES = {"introspect": {"token": NO_REAL_SECRET, "token_type_hint": "access_token"}}
