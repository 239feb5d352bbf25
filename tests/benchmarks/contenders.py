"""The contenders of the token check: what is measured, and how it is called."""

from dataclasses import dataclass

from tests.benchmarks.databases import LATCHKEY, PEERS

ME = "/api/v1/me"
BARE_QUERY_PROJECT = "bare_query"


@dataclass(frozen=True)
class Contender:
    """One endpoint of one project.

    project: `latchkey`, a module of `tests.benchmarks.projects`, or `bare_query` for the database driver alone.
    requests: the name of the file with its sample requests.
    path, query: can contain `{workspace}` and `{token}`, which the sample request fills in.
    status: the expected status.
    counts_usage: False switches off Latchkey's usage counts, to see what they cost.
    dataset: the rows that its database contains.
    creates_token: send a POST that creates a token. The new rows are deleted after each turn.
    """

    name: str
    title: str
    project: str
    requests: str = "accepted"
    path: str = ME
    query: str = ""
    status: int = 200
    counts_usage: bool = True
    dataset: str = LATCHKEY
    creates_token: bool = False


BARE_VIEW = Contender("bare_view", "Bare Django view", "bare")
BARE_QUERY = Contender("bare_query", "The query alone, through the driver", BARE_QUERY_PROJECT)
AUTHORIZE = Contender(
    "authorize",
    "Latchkey: authorize",
    "latchkey",
    path="/api/v1/authorize",
    query="workspace={workspace}&scope=viewer",
)
LATCHKEY_ME = Contender("me", "Latchkey: me", "latchkey")
UNCOUNTED = Contender("uncounted", "Latchkey: me, without usage counts", "latchkey", counts_usage=False)
PEER_CONTENDERS = (
    Contender("drf", "DRF TokenAuthentication", "drf", "drf", dataset=PEERS),
    Contender("api_key", "djangorestframework-api-key", "api_key", "api_key", dataset=PEERS),
    Contender("knox", "django-rest-knox", "knox", "knox", dataset=PEERS),
    Contender("oauth", "django-oauth-toolkit", "oauth", "oauth", dataset=PEERS),
    Contender("ninja_orm", "django-ninja with an ORM look-up", "ninja_orm", "ninja_orm", dataset=PEERS),
)
UNKNOWN = Contender("unknown", "Latchkey: unknown token", "latchkey", "unknown", status=401)
DISABLED = Contender("disabled", "Latchkey: disabled token", "latchkey", "disabled", status=401)
MALFORMED = Contender("malformed", "Latchkey: malformed token", "latchkey", "malformed", status=401)

TOKEN_CHECKS = (BARE_VIEW, BARE_QUERY, AUTHORIZE, LATCHKEY_ME, UNCOUNTED, *PEER_CONTENDERS)
REJECTIONS = (BARE_VIEW, LATCHKEY_ME, UNKNOWN, DISABLED, MALFORMED)
OVER_HTTP = (BARE_VIEW, AUTHORIZE, LATCHKEY_ME)
