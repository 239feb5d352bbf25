"""Response headers of the API, described for the OpenAPI document."""

from typing import Any

SECRET_EXPIRES_HEADER = "Latchkey-Secret-Expires"


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS = {
    "X-Request-Id": _header("The request's ID. Logs and events have it too.", "3f1c9d526a534d2e9a540c2f6a1de0aa"),
    "RateLimit-Policy": _header("The token's rate limit: requests and seconds.", '"token";q=600;w=60'),
    "RateLimit": _header("The requests left, and the seconds until the limit resets.", '"token";r=599;t=42'),
    SECRET_EXPIRES_HEADER: _header(
        "The request was sent with the token's previous secret, which stops working at this time.",
        "Wed, 25 Nov 2026 09:30:00 GMT",
    ),
    "ETag": _header("The version of the resource. Send it as `If-Match` when you change the resource.", '"9f86d081.3"'),
    "Location": _header("The path of the created resource.", "/api/v1/workspaces/northwind/access-tokens/7fK2mQ9xLp"),
    "WWW-Authenticate": _header("The challenge (RFC 6750, section 3).", 'Bearer realm="Latchkey"'),
    "X-Latchkey-Workspace": _header("The slug of the token's workspace.", "northwind"),
    "X-Latchkey-Key-Id": _header("The token's key ID.", "7fK2mQ9xLp"),
    "X-Latchkey-Scope": _header("The token's scope.", "team_member"),
    "Retry-After": _header("The seconds to wait before the next request.", "42"),
}
ALWAYS_SENT = ("X-Request-Id",)
SENT_WHEN_AUTHENTICATED = ("RateLimit-Policy", "RateLimit", SECRET_EXPIRES_HEADER)
