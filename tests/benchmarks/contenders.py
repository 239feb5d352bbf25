"""Who takes part. Each runs in a process of its own, as its production set-up would have it."""

from dataclasses import dataclass

from tests.benchmarks.databases import LATCHKEY, PEERS

ME = "/api/v1/me"


@dataclass(frozen=True)
class Contender:
    """One who is measured.

    project: `latchkey`, or a module of `tests.benchmarks.projects`; `floor` is the bare driver.
    calls: the file of the calls that it gets. query: its query string; `{workspace}` is that of the token.
    is_counted: False leaves Latchkey's counts of uses out, to see what they cost.
    kind: of the database that it needs.
    creates_token: it is a POST of a new token, whose rows are deleted after each turn.
    """

    name: str
    title: str
    project: str
    calls: str = "accepted"
    path: str = ME
    query: str = ""
    status: int = 200
    is_counted: bool = True
    kind: str = LATCHKEY
    creates_token: bool = False


CEILING = Contender("ceiling", "Bare Django view: the ceiling", "bare")
FLOOR = Contender("floor", "Look-up by the bare driver: the floor", "floor")
AUTHORIZE = Contender(
    "authorize",
    "Latchkey: authorize",
    "latchkey",
    path="/api/v1/authorize",
    query="workspace={workspace}&scope=viewer",
)
LATCHKEY_ME = Contender("me", "Latchkey: me", "latchkey")
UNCOUNTED = Contender("uncounted", "Latchkey: me, uses uncounted", "latchkey", is_counted=False)
PEER_CONTENDERS = (
    Contender("drf", "DRF TokenAuthentication", "drf", "drf", kind=PEERS),
    Contender("api_key", "djangorestframework-api-key", "api_key", "api_key", kind=PEERS),
    Contender("knox", "django-rest-knox", "knox", "knox", kind=PEERS),
    Contender("oauth", "django-oauth-toolkit", "oauth", "oauth", kind=PEERS),
    Contender("ninja_orm", "django-ninja, ORM look-up", "ninja_orm", "ninja_orm", kind=PEERS),
)
UNKNOWN = Contender("unknown", "Latchkey: unknown token", "latchkey", "unknown", status=401)
DISABLED = Contender("disabled", "Latchkey: disabled token", "latchkey", "disabled", status=401)
MALFORMED = Contender("malformed", "Latchkey: malformed token", "latchkey", "malformed", status=401)

IN_PROCESS = (CEILING, FLOOR, AUTHORIZE, LATCHKEY_ME, UNCOUNTED, *PEER_CONTENDERS)
REJECTIONS = (CEILING, LATCHKEY_ME, UNKNOWN, DISABLED, MALFORMED)
OVER_HTTP = (CEILING, AUTHORIZE, LATCHKEY_ME)
