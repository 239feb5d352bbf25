"""What schemathesis can't know by the document alone. Read by its command, see `test_schemathesis.py`.

Each call comes with a token of its own, since some calls end the one that they come with. It is made by a token which
no call gets to see. The workspace is the one that there is.
"""

import os
from datetime import UTC, datetime

import requests
import schemathesis
from hypothesis import strategies as st

SERVER = os.environ["LATCHKEY_SERVER"]
MASTER = os.environ["LATCHKEY_MASTER_TOKEN"]
SLUG = os.environ["LATCHKEY_WORKSPACE"]
PATIENCE = 30
ROLES = ("viewer", "team_member", "workspace_manager", "administrator", "owner")
LATER = "2999-01-01T00:00:00Z"
MAX_DAYS = 3650
ENOUGH = 100_000
"""Calls a minute, so that nobody locks out the token that makes the others."""

NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=100)
schemathesis.openapi.format("name", NAMES)


@schemathesis.auth(refresh_interval=None)
class TokenOfItsOwn:
    def get(self, case, context):
        answer = requests.post(
            f"{SERVER}/api/v1/workspaces/{SLUG}/access-tokens",
            headers={"Authorization": f"Bearer {MASTER}"},
            json={"label": "schemathesis", "scope": "owner"},
            timeout=PATIENCE,
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["token"]

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """What the document can't promise: an expiry lies ahead, scopes are on, cursors and ETags come from answers.

    Nor that rules go together. Those for lifetimes stay wide: the tokens of the calls have no end. The workspace stays,
    whose name was not given rightly, then.
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
    if isinstance(case.body.get("available"), list):
        case.body["available"] += [role for role in ROLES if role not in case.body["available"]]
    if case.body.get("non_expiring_allowed") is False:
        case.body["non_expiring_allowed"] = True
    days = case.body.get("max_lifetime_days")
    if isinstance(days, int | float) and not isinstance(days, bool) and 1 <= days <= MAX_DAYS and days == int(days):
        case.body["max_lifetime_days"] = None
    calls = case.body.get("requests_per_minute")
    if isinstance(calls, int | float) and not isinstance(calls, bool) and 1 <= calls < ENOUGH:
        case.body["requests_per_minute"] = calls + ENOUGH


def _is_past(value) -> bool:
    try:
        return datetime.fromisoformat(value) <= datetime.now(UTC)
    except (TypeError, ValueError):
        return False
