"""Queries that Django compiles once and the driver runs."""

from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from tests.factories import WorkspaceFactory
from workspaces import compiled_queries
from workspaces.compiled_queries import CompiledQuery, Parameter, object_builder
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db
NOW = timezone.now()


class WorkspaceRow(NamedTuple):
    pk: int
    slug: str
    name: str
    created_at: datetime
    non_expiring_allowed: bool
    deleted_at: datetime | None


def by_slug(**options):
    return CompiledQuery(WorkspaceRow, lambda: Workspace.objects.filter(slug=Parameter("slug", CharField())), **options)


@pytest.fixture
def acme():
    return WorkspaceFactory(slug="acme", name="Acme “100 %” \\ é", non_expiring_allowed=True)


def row_of(workspace):
    return WorkspaceRow(*(getattr(workspace, name) for name in WorkspaceRow._fields))


def test_row_has_the_values_of_the_orm(acme):
    acme.deleted_at = NOW
    acme.non_expiring_allowed, acme.default_expiry = False, "1m"
    acme.save()
    assert by_slug().get(slug="acme") == row_of(acme)


def test_missing_row_is_none():
    assert by_slug().get(slug="nowhere") is None


def test_all_returns_the_rows_in_order_and_takes_times(acme):
    other = WorkspaceFactory(slug="globex", created_at=acme.created_at + timedelta(days=1))
    since = Parameter("since", DateTimeField())
    query = CompiledQuery(WorkspaceRow, lambda: Workspace.objects.filter(created_at__gt=since).order_by("-created_at"))
    assert query.all(since=acme.created_at - timedelta(seconds=1)) == [row_of(other), row_of(acme)]
    assert query.all(since=acme.created_at) == [row_of(other)]


def test_query_is_compiled_once(acme):
    builds = []

    def build():
        builds.append(True)
        return Workspace.objects.filter(slug=Parameter("slug", CharField()))

    query = CompiledQuery(WorkspaceRow, build)
    assert query.get(slug="acme") == query.get(slug="acme")
    assert len(builds) == 1


def test_each_call_reads_the_row_again(acme):
    query = by_slug()
    assert query.get(slug="acme").deleted_at is None
    Workspace.objects.update(deleted_at=NOW)
    assert query.get(slug="acme").deleted_at == NOW


def test_values_are_never_part_of_the_sql(acme):
    query = by_slug()
    assert query.get(slug="' OR 1=1 --") is None
    assert "acme" not in query._statement.driver_sql


def test_query_counts_like_any_other_in_tests(acme, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert by_slug().get(slug="acme")


def test_object_reads_missing_fields_when_they_are_used(acme):
    class Row(NamedTuple):
        workspace__id: int
        workspace__slug: str

    built = object_builder(Workspace, Row, prefix="workspace__")(Row(acme.pk, "acme"))
    assert (built, built.slug, built.name) == (acme, "acme", acme.name)


# Prepared statements and lost connections


@pytest.mark.parametrize("is_used", [True, False])
def test_statements_are_prepared_only_if_the_setting_allows_it(acme, settings, is_used):
    settings.PREPARE_STATEMENTS = is_used
    compiled_queries.PREPARED.clear()
    assert by_slug().get(slug="acme")
    prepared = compiled_queries.PREPARED.get(connection.connection) if connection.vendor == "postgresql" else None
    assert bool(prepared) == (is_used and connection.vendor == "postgresql")


def test_error_of_the_driver_becomes_djangos():
    query = by_slug()
    query._statement = compiled_queries.Statement("SELECT nothing", "SELECT nothing", [], [])
    with pytest.raises(DatabaseError, match="nothing"):
        query.get(slug="acme")


def close_connection():
    connection.connection.close()


def terminate_on_the_server():
    info = connection.connection.info
    with psycopg.connect(host=info.host, port=info.port, user=info.user, dbname=info.dbname) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [info.backend_pid])


@pytest.mark.parametrize("lose", [close_connection, terminate_on_the_server])
@pytest.mark.parametrize("is_prepared", [True, False])
@pytest.mark.django_db(transaction=True)
def test_lost_connection_is_opened_again(settings, lose, is_prepared):
    settings.PREPARE_STATEMENTS = is_prepared
    acme = WorkspaceFactory(slug="acme")
    query = by_slug()
    query.get(slug="acme")
    if connection.vendor == "postgresql":  # SQLite's file can't be lost
        lose()
    assert query.get(slug="acme") == row_of(acme)


def test_database_that_does_not_answer_raises_djangos_error(monkeypatch):
    def fail(self, database, values):
        raise OperationalError("gone")

    monkeypatch.setattr(CompiledQuery, "_run_once", fail)
    with pytest.raises(OperationalError):
        by_slug().get(slug="acme")
