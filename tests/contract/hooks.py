"""Hooks of schemathesis for what the OpenAPI document can't express. `test_schemathesis.py` runs them.

Each request gets a token of its own, because some requests delete the token that they use. A separate token, which no
request uses, creates them.
"""

import os
from datetime import UTC, datetime

import requests
import schemathesis
from hypothesis import strategies as st

SERVER = os.environ["LATCHKEY_SERVER"]
MASTER = os.environ["LATCHKEY_MASTER_TOKEN"]
SLUG = os.environ["LATCHKEY_WORKSPACE"]
TIMEOUT_SECONDS = 300
ROLES = ("viewer", "team_member", "workspace_manager", "administrator", "owner")
LATER = "2999-01-01T00:00:00Z"
MAX_DAYS = 3650
MIN_RATE_LIMIT = 100_000
"""Requests per minute, so that no request locks out the token that creates the others."""

NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=100)
schemathesis.openapi.format("name", NAMES)


@schemathesis.auth(refresh_interval=None)
class TokenPerRequest:
    def get(self, case, context):
        response = requests.post(
            f"{SERVER}/api/v1/workspaces/{SLUG}/access-tokens",
            headers={"Authorization": f"Bearer {MASTER}"},
            json={"label": "schemathesis", "scope": "owner"},
            timeout=TIMEOUT_SECONDS,
        )
        assert response.status_code == 201, response.text
        return response.json()["token"]

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Make a generated request valid beyond its schema.

    Expiries are in the future, messages are printable, every role stays available, cursors and ETags are not invented,
    and the policies of the workspace don't restrict each other. The workspace is never deleted: the name is wrong.
    """
    if case.query and "name" in case.query and case.method.upper() == "DELETE":
        case.query["name"] = f"not {case.query['name']}"
    if case.query and "cursor" in case.query:
        del case.query["cursor"]
    if case.headers and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    if not isinstance(case.body, dict):
        return
    if _is_past(case.body.get("expires_at")):
        case.body["expires_at"] = LATER
    if isinstance(case.body.get("message"), str):
        case.body["message"] = "".join(character for character in case.body["message"] if character.isprintable())
    if isinstance(case.body.get("available"), list):
        case.body["available"] += [role for role in ROLES if role not in case.body["available"]]
    if case.body.get("non_expiring_allowed") is False:
        case.body["non_expiring_allowed"] = True
    days = case.body.get("max_lifetime_days")
    if isinstance(days, int | float) and not isinstance(days, bool) and 1 <= days <= MAX_DAYS and days == int(days):
        case.body["max_lifetime_days"] = None
    limit = case.body.get("requests_per_minute")
    if isinstance(limit, int | float) and not isinstance(limit, bool) and 1 <= limit < MIN_RATE_LIMIT:
        case.body["requests_per_minute"] = limit + MIN_RATE_LIMIT


def _is_past(value) -> bool:
    try:
        return datetime.fromisoformat(value) <= datetime.now(UTC)
    except (TypeError, ValueError):
        return False
