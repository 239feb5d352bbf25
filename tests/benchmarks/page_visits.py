"""The console pages that are measured, visited by the owner of a workspace with a browser's headers."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client

from access_tokens.tables import AccessTokenTable
from accounts.models import User
from tests.benchmarks.page_rows import RARE_LABEL, TOKENS_PER_MEMBER
from tests.benchmarks.page_targets import LARGE, SMALL, SMALL_SUFFIX
from tests.benchmarks.wsgi_client import HOST
from workspaces.models import Event, Membership, Workspace
from workspaces.pagination.keyset import EventPosition
from workspaces.pagination.numbered import PAGE_SIZES
from workspaces.views.members import MemberTable

HTMX = {"HX-Request": "true"}
SEARCHES = {"a label": "CI runner", "a rare label": RARE_LABEL, "nothing": "no such thing", "a creator": "person77@"}
FILTERS = (
    "status=active",
    "status=disabled",
    "status=expired",
    "status=scope_unavailable",
    "scope=viewer",
    "expires=soon",
    "expires=later",
    "expires=past",
    "expires=never",
)
SCAN = """
    SELECT COUNT(*) FROM access_tokens_accesstoken AS token LEFT JOIN accounts_user AS creator
    ON creator.id = token.creator_id WHERE token.workspace_id = {mark} AND (
        token.label {like} {mark} OR token.creator_email || '_' || token.key_id {like} {mark}
        OR creator.name {like} {mark} OR creator.email {like} {mark})
"""
"""A hand-written search for label, token ID and creator among the tokens of a workspace."""
STOCK_ADMIN_LIST = "stock/access_tokens/accesstoken/"


class Visit(NamedTuple):
    """`run` makes the request and returns the number of bytes of the compressed response."""

    name: str
    run: Callable[[], int]


class Owner:
    """The owner of a workspace, signed in."""

    def __init__(self, slug: str) -> None:
        self.workspace = Workspace.objects.get(slug=slug)
        self.client = Client(headers={"host": HOST, "accept-encoding": "gzip"})
        self.client.force_login(User.objects.get(email=f"owner@{slug}.example"))
        self.suffix = SMALL_SUFFIX if slug == SMALL else ""

    def get(self, name: str, path: str) -> Visit:
        return Visit(name + self.suffix, lambda: self._check(self.client.get(f"/{path}", secure=True)))

    def post(self, name: str, path: str, data: dict[str, Any]) -> Visit:
        return Visit(
            name + self.suffix,
            lambda: self._check(self.client.post(f"/{path}", data, headers=HTMX, secure=True)),
        )

    @staticmethod
    def _check(response: Any) -> int:
        assert response.status_code == 200, f"{response.status_code}: {response.content[:500]!r}"
        return len(response.content)


def list_visits() -> Iterator[Visit]:
    """Yield the visits to the pages of the large workspace, the same of the small one, and the scans."""
    for slug in (LARGE, SMALL):
        owner = Owner(slug)
        yield from _token_pages(owner)
        yield from _member_pages(owner)
        yield from _event_pages(owner)
        yield owner.get("stock admin: first page", f"{STOCK_ADMIN_LIST}?workspace__id__exact={owner.workspace.pk}")
    yield from _scans(Workspace.objects.get(slug=LARGE))


def _token_pages(owner: Owner) -> Iterator[Visit]:
    tokens = f"workspace/{owner.workspace.slug}/access-tokens"
    yield owner.get("tokens: first page", tokens)
    yield owner.get("tokens: last page", f"{tokens}?page={owner.workspace.access_tokens.count() // 25}")
    for name, column in AccessTokenTable.base_columns.items():
        if column.sort_by:
            yield owner.get(f"tokens: sorted by {name}", f"{tokens}?sort={name}")
            yield owner.get(f"tokens: sorted by -{name}", f"{tokens}?sort=-{name}")
    for query in FILTERS:
        yield owner.get(f"tokens: {query}", f"{tokens}?{query}")
    for title, text in _search_texts(owner.workspace).items():
        yield owner.get(f"tokens: search for {title}", f"{tokens}?q={text}")
    key_id = owner.workspace.access_tokens.filter(disabled_at=None).latest("created_at").key_id
    yield owner.post("tokens: disable", f"{tokens}/{key_id}/disable", {})
    yield owner.post("tokens: enable", f"{tokens}/{key_id}/enable", {})
    yield owner.post("tokens: columns", f"{tokens}/columns", {"columns": ["label", "scope", "actions"]})
    yield owner.post("tokens: columns reset", f"{tokens}/columns", {"reset": "1"})


def _member_pages(owner: Owner) -> Iterator[Visit]:
    members = f"workspace/{owner.workspace.slug}/members"
    count = Membership.objects.filter(workspace=owner.workspace).count()
    yield owner.get("members: first page", members)
    yield owner.get("members: last page", f"{members}?page={max(1, count // 25)}")
    for name, column in MemberTable.base_columns.items():
        if column.sort_by:
            yield owner.get(f"members: sorted by -{name}", f"{members}?sort=-{name}")
    yield owner.get("members: role=viewer", f"{members}?role=viewer")
    yield owner.get("members: search for an e-mail", f"{members}?q=person7")


def _event_pages(owner: Owner) -> Iterator[Visit]:
    events = f"workspace/{owner.workspace.slug}/events"
    of_workspace = Event.objects.filter(workspace=owner.workspace).order_by("at", "pk")
    middle, oldest = of_workspace[of_workspace.count() // 2], of_workspace[PAGE_SIZES[0]]
    yield owner.get("events: first page", events)
    yield owner.get("events: a page in the middle", f"{events}?before={EventPosition.of_event(middle)}")
    yield owner.get("events: last page", f"{events}?before={EventPosition.of_event(oldest)}")
    yield owner.get("events: event type", f"{events}?type={middle.event_type}")
    yield owner.get("events: of one subject", f"{events}?subject={middle.subject_id}")
    yield owner.get("events: of seven days", f"{events}?span=7d")
    yield owner.get("events: search", f"{events}?q={middle.subject_name.rpartition(' ')[0]}")
    yield owner.get("events: search for nothing", f"{events}?q=no+such+thing")


def _search_texts(workspace: Workspace) -> dict[str, str]:
    """Return texts to search for, by what contains them."""
    key_id = workspace.access_tokens.order_by("pk")[TOKENS_PER_MEMBER].key_id
    return {**SEARCHES, "a token id": key_id}


def _scans(workspace: Workspace) -> Iterator[Visit]:
    """Yield the same searches as hand-written statements that read every row of the workspace."""
    for title, text in _search_texts(workspace).items():
        yield Visit(f"scan for {title}", _scan(workspace, text))


def _scan(workspace: Workspace, text: str) -> Callable[[], int]:
    like, mark = ("LIKE", "?") if connection.vendor == "sqlite" else ("ILIKE", "%s")
    statement = SCAN.format(like=like, mark=mark)

    def run() -> int:
        connection.connection.execute(statement, (workspace.pk, *[f"%{text}%"] * 4)).fetchone()
        return 0

    return run
