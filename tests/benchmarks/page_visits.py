"""Who looks at what, where pages are measured at size: an owner at the console, with a browser's headers."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client

from access_tokens.tables import AccessTokenTable
from accounts.models import User
from tests.benchmarks.page_rows import RARE, TOKENS_A_MEMBER
from tests.benchmarks.page_targets import LARGE, SMALL, SMALLER
from tests.benchmarks.worker import HOST
from workspaces.models import Event, Membership, Workspace
from workspaces.pagination.keyset import EventPosition
from workspaces.pagination.numbered import PAGE_SIZES
from workspaces.views.members import MemberTable

HTMX = {"HX-Request": "true"}
SEARCHES = {"a label": "CI runner", "a rare label": RARE, "nothing": "no such thing", "a creator": "person77@"}
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
"""A search as one would write it by hand: label, token id and creator of each of the workspace's tokens."""
STOCK = "stock/access_tokens/accesstoken/"


class Visit(NamedTuple):
    """A visit that is measured. `go` returns the number of bytes of the answer, as they are sent."""

    name: str
    go: Callable[[], int]


class Person:
    """The owner of a workspace, signed in."""

    def __init__(self, slug: str) -> None:
        self.workspace = Workspace.objects.get(slug=slug)
        self.client = Client(headers={"host": HOST, "accept-encoding": "gzip"})
        self.client.force_login(User.objects.get(email=f"owner@{slug}.example"))
        self.suffix = SMALLER if slug == SMALL else ""

    def get(self, name: str, path: str) -> Visit:
        return Visit(name + self.suffix, lambda: self._checked(self.client.get(f"/{path}", secure=True)))

    def post(self, name: str, path: str, data: dict[str, Any]) -> Visit:
        return Visit(
            name + self.suffix,
            lambda: self._checked(self.client.post(f"/{path}", data, headers=HTMX, secure=True)),
        )

    @staticmethod
    def _checked(response: Any) -> int:
        assert response.status_code == 200, f"{response.status_code}: {response.content[:500]!r}"
        return len(response.content)


def visits() -> Iterator[Visit]:
    """All that is measured: each page of the large workspace, and the same of the small one."""
    for slug in (LARGE, SMALL):
        person = Person(slug)
        yield from _of_tokens(person)
        yield from _of_members(person)
        yield from _of_events(person)
        yield person.get("stock admin: first page", f"{STOCK}?workspace__id__exact={person.workspace.pk}")
    yield from _scans(Workspace.objects.get(slug=LARGE))


def _of_tokens(person: Person) -> Iterator[Visit]:
    tokens = f"workspace/{person.workspace.slug}/access-tokens"
    yield person.get("tokens: first page", tokens)
    yield person.get("tokens: last page", f"{tokens}?page={person.workspace.access_tokens.count() // 25}")
    for name, column in AccessTokenTable.base_columns.items():
        if column.by:
            yield person.get(f"tokens: sorted by {name}", f"{tokens}?sort={name}")
            yield person.get(f"tokens: sorted by -{name}", f"{tokens}?sort=-{name}")
    for one in FILTERS:
        yield person.get(f"tokens: {one}", f"{tokens}?{one}")
    for what, words in _searches(person.workspace).items():
        yield person.get(f"tokens: search for {what}", f"{tokens}?q={words}")
    one = person.workspace.access_tokens.filter(disabled_at=None).latest("created_at").key_id
    yield person.post("tokens: disable", f"{tokens}/{one}/disable", {})
    yield person.post("tokens: enable", f"{tokens}/{one}/enable", {})
    yield person.post("tokens: columns", f"{tokens}/columns", {"columns": ["label", "scope", "actions"]})
    yield person.post("tokens: columns reset", f"{tokens}/columns", {"reset": "1"})


def _of_members(person: Person) -> Iterator[Visit]:
    members = f"workspace/{person.workspace.slug}/members"
    count = Membership.objects.filter(workspace=person.workspace).count()
    yield person.get("members: first page", members)
    yield person.get("members: last page", f"{members}?page={max(1, count // 25)}")
    for name, column in MemberTable.base_columns.items():
        if column.by:
            yield person.get(f"members: sorted by -{name}", f"{members}?sort=-{name}")
    yield person.get("members: role=viewer", f"{members}?role=viewer")
    yield person.get("members: search for an e-mail", f"{members}?q=person7")


def _of_events(person: Person) -> Iterator[Visit]:
    events = f"workspace/{person.workspace.slug}/events"
    of_workspace = Event.objects.filter(workspace=person.workspace).order_by("at", "pk")
    middle, oldest = of_workspace[of_workspace.count() // 2], of_workspace[PAGE_SIZES[0]]
    yield person.get("events: first page", events)
    yield person.get("events: a page in the middle", f"{events}?before={EventPosition.of(middle)}")
    yield person.get("events: last page", f"{events}?before={EventPosition.of(oldest)}")
    yield person.get("events: kind", f"{events}?kind={middle.event_type}")
    yield person.get("events: about a thing", f"{events}?subject={middle.subject_id}")
    yield person.get("events: of seven days", f"{events}?span=7d")
    yield person.get("events: search", f"{events}?q={middle.subject_name.rpartition(' ')[0]}")
    yield person.get("events: search for nothing", f"{events}?q=no+such+thing")


def _searches(workspace: Workspace) -> dict[str, str]:
    """Words to search for, by what they are a part of."""
    key_id = workspace.access_tokens.order_by("pk")[TOKENS_A_MEMBER].key_id
    return {**SEARCHES, "a token id": key_id}


def _scans(workspace: Workspace) -> Iterator[Visit]:
    """What the database alone needs to look at each row of the workspace for the words of a search."""
    for what, words in _searches(workspace).items():
        yield Visit(f"scan for {what}", _counted(workspace, words))


def _counted(workspace: Workspace, words: str) -> Callable[[], int]:
    like, mark = ("LIKE", "?") if connection.vendor == "sqlite" else ("ILIKE", "%s")
    statement = SCAN.format(like=like, mark=mark)

    def count() -> int:
        connection.connection.execute(statement, (workspace.pk, *[f"%{words}%"] * 4)).fetchone()
        return 0

    return count
