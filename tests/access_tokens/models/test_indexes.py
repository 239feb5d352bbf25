"""Query plans of lists and look-ups at a moderate size: queries use the indexes that were made for them."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access_tokens.authentication.counting import PendingCounts, Use
from access_tokens.authentication.lookup import TOKEN_BY_KEY_ID
from access_tokens.authentication.usage import sql
from access_tokens.authentication.usage.token_usage import TokenUsage
from access_tokens.child_tokens import usable_child_tokens
from access_tokens.models import AccessToken, HourlyUsage
from access_tokens.offboarding import usable_tokens_created_by
from access_tokens.views.token_list import TOKENS
from accounts.models import User
from workspaces.models import Membership, Workspace
from workspaces.pagination import numbered
from workspaces.permissions import Role
from workspaces.views.members import MEMBERS, members_of

pytestmark = pytest.mark.django_db

WORKSPACES, TOKENS_EACH, MEMBERS_EACH = 20, 500, 100
KEY_ID_STEP = 7919
"""A prime, so that key IDs are not in the order of the rows."""
INDEXED_SORTS = ("label", "key_id", "scope", "created_at", "expires_at")
COMPUTED_SORTS = ("id", "created_by", "last_used_at", "status")
"""These read and sort the rows of the workspace: an index would cost more than it saves."""
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
def workspace(django_db_setup, django_db_blocker):
    """A workspace among many of the same size, created once for the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield create_rows()
        transaction.set_rollback(True)


def create_rows():
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
                key_id=f"{n * KEY_ID_STEP % (WORKSPACES * TOKENS_EACH):010}",
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
    if connection.vendor == "postgresql":  # update its statistics now, instead of in the background
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return workspaces[7]


def plans(run):
    """Yield the plan of each SELECT and UPDATE, line by line."""
    with CaptureQueriesContext(connection) as queries:
        run()
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        for query in queries:
            if query["sql"].startswith(("SELECT", "UPDATE")):
                cursor.execute(f"{explain} {query['sql'].replace('%', '%%')}", ())
                yield [str(row[-1]) for row in cursor.fetchall()]


def full_scans(run, model):
    """Return the lines of plans that read the whole table of a model, or a whole index of it."""
    table = model._meta.db_table
    scans = (f"SCAN {table}", f"Seq Scan on {table}")
    return [line for plan in plans(run) for line in plan if any(scan in line for scan in scans)]


def sorts(run):
    return [line for plan in plans(run) for line in plan if "TEMP B-TREE" in line or "Sort Key" in line]


def read_page(workspace, query):
    """Read a page of tokens and what its pager needs."""
    rows = workspace.access_tokens.select_related("creator")
    return TOKENS.find_page(rows, QueryDict(query))[2].paginator.count


@pytest.mark.parametrize("sort", [f"{sign}{sort}" for sort in INDEXED_SORTS for sign in ("", "-")])
def test_indexed_sort_reads_rows_in_the_order_of_the_index(workspace, sort):
    assert full_scans(lambda: read_page(workspace, f"sort={sort}"), AccessToken) == []
    assert sorts(lambda: read_page(workspace, f"sort={sort}")) == []


@pytest.mark.parametrize("sort", COMPUTED_SORTS)
def test_computed_sort_reads_only_the_rows_of_the_workspace(workspace, sort):
    assert full_scans(lambda: read_page(workspace, f"sort={sort}"), AccessToken) == []


@pytest.mark.parametrize("query", FILTERS)
def test_filter_reads_only_the_rows_of_the_workspace(workspace, query):
    assert full_scans(lambda: read_page(workspace, query), AccessToken) == []


def test_last_page_is_read_from_the_end(workspace, monkeypatch):
    monkeypatch.setattr(numbered, "MAX_UNCOUNTED_OFFSET", 100)
    assert full_scans(lambda: read_page(workspace, "page=20"), AccessToken) == []
    assert sorts(lambda: read_page(workspace, "page=20")) == []
    with CaptureQueriesContext(connection) as queries:
        read_page(workspace, "page=20")
    assert not [query for query in queries if "OFFSET" in query["sql"]]


@pytest.mark.parametrize("query", ["", "sort=-role", "sort=tokens", "role=viewer", "q=person1007", "page=4"])
def test_members_page_reads_only_the_rows_of_the_workspace(workspace, query):
    def run():
        return MEMBERS.find_page(members_of(workspace), QueryDict(query))[2].paginator.count

    assert full_scans(run, Membership) == full_scans(run, AccessToken) == []


def test_look_up_and_usage_writer_use_indexes(workspace):
    token = workspace.access_tokens.first()
    usage = TokenUsage()
    usage.add(Use(3600.0, "", "", None, None))

    def run():
        TOKEN_BY_KEY_ID.get(key_id=token.key_id, now=timezone.now())
        sql.write({token.pk: usage}, PendingCounts(1, {}))

    assert full_scans(run, AccessToken) == full_scans(run, HourlyUsage) == []


def test_child_tokens_and_tokens_of_a_member_are_found_with_indexes(workspace):
    member = workspace.memberships.select_related("user", "workspace").first()
    assert full_scans(lambda: usable_child_tokens(workspace.access_tokens.first()), AccessToken) == []
    assert full_scans(lambda: usable_tokens_created_by(member), AccessToken) == []
