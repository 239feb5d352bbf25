"""How the databases go about the queries of lists and look-ups, at a moderate size: by an index where one should serve.

Rows go in in bulk, once for the module. PostgreSQL is told what there is (ANALYZE), as it tells itself before long.
"""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access_tokens.authentication.counting import PendingCounts, Use
from access_tokens.authentication.lookup import find_token
from access_tokens.authentication.usage import sql
from access_tokens.authentication.usage.token_usage import TokenUsage
from access_tokens.child_tokens import usable_child_tokens
from access_tokens.models import AccessToken, HourlyUsage
from access_tokens.offboarding import usable_tokens_created_by
from access_tokens.views import token_list
from access_tokens.views.token_list import TOKENS
from accounts.models import User
from workspaces.models import Membership, Workspace
from workspaces.pagination import numbered
from workspaces.permissions import Role
from workspaces.views.members import MEMBERS, members_of

pytestmark = pytest.mark.django_db

WORKSPACES, TOKENS_EACH, MEMBERS_EACH = 20, 500, 100
SCATTERED = 7919
"""A prime: by it, key ids come in an order of their own, as random ones do."""
INDEXED = ("label", "key_id", "scope", "created_at", "expires_at")
COMPUTED = ("id", "created_by", "last_used_at", "status")
"""Sorts that read the workspace's rows, and sort them: indexes on these would be dearer than what they save."""
FILTERS = (
    "status=active",
    "status=disabled",
    "status=expired",
    "status=scope_unavailable",
    "scope=viewer",
    "expires=soon",
    "expires=never",
    "q=nightly",
    "q=lkey_7fK2mQ9",
    "last_used_before=2026-01-01T00:00:00Z",
)


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker):
    """A workspace among many of its size. All of it goes with the transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill()
        transaction.set_rollback(True)


def fill():
    now, roles = timezone.now(), list(Role)
    workspaces = Workspace.objects.bulk_create(Workspace(slug=f"at-{n}", name=f"At {n}") for n in range(WORKSPACES))
    people = User.objects.bulk_create(
        User(email=f"person{n}@plans.example", name=f"Person {n}") for n in range(WORKSPACES * MEMBERS_EACH)
    )
    Membership.objects.bulk_create(
        Membership(workspace=workspaces[n % WORKSPACES], user=user, role=roles[n % 5]) for n, user in enumerate(people)
    )
    AccessToken.objects.bulk_create(
        (
            AccessToken(
                workspace=workspaces[n % WORKSPACES],
                key_id=f"{n * SCATTERED % (WORKSPACES * TOKENS_EACH):010}",
                label=f"Token {n}",
                scope=roles[n % 5],
                created_at=now - timedelta(minutes=n),
                creator=people[n % len(people)],
                creator_email=people[n % len(people)].email,
                expires_at=now + timedelta(days=n % 400) if n % 3 else None,
                last_used_at=now - timedelta(hours=n) if n % 2 else None,
                digest=b"",
            )
            for n in range(WORKSPACES * TOKENS_EACH)
        ),
        batch_size=1000,
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return workspaces[7]


def plans(visit):
    """How each SELECT of a visit goes, line by line."""
    with CaptureQueriesContext(connection) as queries:
        visit()
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        for query in queries:
            if query["sql"].startswith(("SELECT", "UPDATE")):
                cursor.execute(f"{explain} {query['sql'].replace('%', '%%')}", ())
                yield [str(row[-1]) for row in cursor.fetchall()]


def whole_tables(visit, model):
    """The lines that read all of the model's table, or of an index of it."""
    table = model._meta.db_table
    scans = (f"SCAN {table}", f"Seq Scan on {table}")
    return [line for plan in plans(visit) for line in plan if any(scan in line for scan in scans)]


def sorting_steps(visit):
    return [line for plan in plans(visit) for line in plan if "TEMP B-TREE" in line or "Sort Key" in line]


def tokens_of(workspace, address):
    """A page of tokens, and what the pager needs."""
    _, _, page = TOKENS.find_page(token_list.tokens_of(workspace), QueryDict(address))
    return page.paginator.count


@pytest.mark.parametrize("sort", [f"{sign}{sort}" for sort in INDEXED for sign in ("", "-")])
def test_an_index_gives_the_order_of_a_sort(filled, sort):
    visit = lambda: tokens_of(filled, f"sort={sort}")  # noqa: E731
    assert whole_tables(visit, AccessToken) == sorting_steps(visit) == []


@pytest.mark.parametrize("sort", COMPUTED)
def test_what_is_sorted_without_an_index_is_the_workspace_alone(filled, sort):
    assert whole_tables(lambda: tokens_of(filled, f"sort={sort}"), AccessToken) == []


@pytest.mark.parametrize("address", FILTERS)
def test_a_filter_reads_the_workspace_alone(filled, address):
    assert whole_tables(lambda: tokens_of(filled, address), AccessToken) == []


def test_the_last_page_is_found_from_the_end(filled, monkeypatch):
    monkeypatch.setattr(numbered, "NEAR", 100)
    visit = lambda: tokens_of(filled, "page=20")  # noqa: E731
    assert whole_tables(visit, AccessToken) == sorting_steps(visit) == []
    with CaptureQueriesContext(connection) as queries:
        visit()
    assert not [query for query in queries if "OFFSET" in query["sql"]]


@pytest.mark.parametrize("address", ["", "sort=-role", "sort=tokens", "role=viewer", "q=person1007", "page=4"])
def test_members_are_those_of_the_workspace_alone(filled, address):
    visit = lambda: MEMBERS.find_page(members_of(filled), QueryDict(address))[2].paginator.count  # noqa: E731
    assert whole_tables(visit, Membership) == whole_tables(visit, AccessToken) == []


def test_a_token_is_looked_up_and_its_uses_are_written_by_an_index(filled):
    token = filled.access_tokens.first()
    usage = TokenUsage()
    usage.add(Use(3600.0, "", "", None, None))

    def used():
        find_token(token.key_id)
        sql.write({token.pk: usage}, PendingCounts(1, {}))

    assert whole_tables(used, AccessToken) == whole_tables(used, HourlyUsage) == []


def test_what_a_token_and_a_person_made_is_found_by_an_index(filled):
    member = filled.memberships.select_related("user", "workspace").first()
    made = lambda: (usable_tokens_created_by(member), usable_child_tokens(filled.access_tokens.first()))  # noqa: E731
    assert whole_tables(made, AccessToken) == []
