"""Rejected requests of known tokens, counted by hour and reason."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access_tokens import operations
from access_tokens.authentication import counting
from access_tokens.authentication.usage import UsageWriter, sql, usage
from access_tokens.models import AccessToken, HourlyRejections, HourlyUsage, RejectionReason
from access_tokens.token_format import generate
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token, member_actor
from workspaces.models import Event, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
HOUR = int(NOON.timestamp()) // 3600
ME = "/api/v1/me"
FORM = "application/x-www-form-urlencoded"


def stored_rejections(token=None) -> dict[str, int]:
    """Flush, and return the number of rejected requests by reason."""
    usage.flush()
    rows = HourlyRejections.objects.filter(**({"token": token} if token else {}))
    return dict(rows.values_list("reason", "requests"))


# What counts as a rejection


def test_inactive_tokens_are_counted_by_reason(api, acme):
    disabled, expired_token = make_token(acme, disabled_at=timezone.now()), make_token(acme, **expired())
    limited = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    for token, reason in (
        (disabled, "disabled"),
        (expired_token, "expired"),
        (make_token(limited, Role.TEAM_MEMBER), "scope_unavailable"),
        (make_token(WorkspaceFactory(deleted_at=timezone.now())), "workspace_deleted"),
    ):
        for _ in range(2):
            assert api.get(ME, token).status_code == 401
        assert stored_rejections(token.row) == {reason: 2}


def test_wrong_and_previous_secrets_have_separate_counts_and_the_same_response(api, acme):
    token = make_token(acme, Role.OWNER)
    wrong = generate(token.row.key_id).plaintext
    operations.rotate(token.row, by=member_actor(acme), overlap=timedelta(days=1))
    AccessToken.objects.update(previous_secret_expires_at=timezone.now() - timedelta(seconds=1))
    bodies = [api.get(ME, one).content for one in (wrong, token, generate().plaintext)]
    assert len(set(bodies)) == 1
    assert stored_rejections() == {"wrong_secret": 1, "previous_secret": 1}


def test_previous_secret_within_its_overlap_period_is_not_rejected(api, acme):
    token = make_token(acme, Role.OWNER)
    operations.rotate(token.row, by=member_actor(acme), overlap=timedelta(days=1))
    assert api.get(ME, token).status_code == 200
    assert stored_rejections() == {}


def test_requests_without_permission_are_counted(api, acme):
    viewer = make_token(acme)
    assert api.post("/api/v1/workspaces/acme/projects", viewer, {"name": "Site"}).status_code == 403
    assert stored_rejections() == {"insufficient_scope": 1}
    expiring = make_token(acme, Role.OWNER, expires_at=timezone.now() + timedelta(days=1))
    non_expiring = {"label": "CI", "scope": "viewer"}
    assert api.post("/api/v1/workspaces/acme/access-tokens", expiring, non_expiring).status_code == 403
    assert stored_rejections(expiring.row) == {"not_allowed": 1}


def test_rate_limited_requests_are_counted_and_those_before_are_not(api):
    token = make_token(WorkspaceFactory(rate_limit=2))
    with time_machine.travel(NOON, tick=False):
        assert [api.get(ME, token).status_code for _ in range(5)] == [200, 200, 429, 429, 429]
    assert stored_rejections() == {"rate_limited": 3}
    assert HourlyUsage.objects.get().requests == 2


def test_forward_authentication_counts_what_it_rejects(api, acme):
    token = make_token(acme)
    for query in ("workspace=other", "workspace=acme&scope=owner"):
        assert api.get(f"/api/v1/authorize?{query}", token).status_code == 403
    assert stored_rejections() == {"other_workspace": 1, "insufficient_scope": 1}


def test_introspection_counts_inactive_tokens_of_its_own_workspace_only(api, acme):
    service, disabled = make_token(acme), make_token(acme, disabled_at=timezone.now())
    elsewhere = make_token(disabled_at=timezone.now())
    for token in (disabled, elsewhere):
        response = api.post("/api/v1/introspect", service, data=f"token={token.plaintext}", content_type=FORM)
        assert response.json() == {"active": False}
    assert stored_rejections(disabled.row) == {"disabled": 1}
    assert stored_rejections(elsewhere.row) == {}


def test_malformed_and_unknown_tokens_are_not_counted_for_any_token(api, acme):
    token = make_token(acme)
    for one in (token.plaintext[:-1] + "!", generate().plaintext, None):
        assert api.get(ME, one).status_code == 401
    assert stored_rejections() == {}


def test_rejection_needs_one_query_and_writes_no_event(api, acme, django_assert_num_queries):
    disabled = make_token(acme, disabled_at=timezone.now())
    with django_assert_num_queries(1):
        api.get(ME, disabled)
    usage.flush()
    assert not Event.objects.exists()


# How rejections are written


def test_rejections_of_processes_add_up_by_hour_in_one_statement_each(acme):
    one, other = make_token(acme).row, make_token(acme).row
    writers = [UsageWriter(), UsageWriter()]
    for writer in writers:
        for hours in (0, 0, 1):
            with time_machine.travel(NOON + timedelta(hours=hours), tick=False):
                writer.record_rejection(one.pk, RejectionReason.DISABLED)
                writer.record_rejection(other.pk, RejectionReason.EXPIRED)
        with CaptureQueriesContext(connection) as queries:
            writer.flush()
        assert len([query for query in queries if "rejected" in query["sql"]]) == 1
    rows = HourlyRejections.objects.filter(token=one).order_by("hour").values_list("hour", "reason", "requests")
    assert list(rows) == [(HOUR, "disabled", 4), (HOUR + 1, "disabled", 2)]


def test_rejections_of_a_deleted_token_are_left_out(acme):
    deleted, other = make_token(acme).row, make_token(acme).row
    for token in (deleted, other):
        usage.record_rejection(token.pk, RejectionReason.DISABLED)
    deleted.delete()
    assert stored_rejections() == {"disabled": 1}


def test_rejections_are_kept_while_the_database_does_not_answer(acme, monkeypatch):
    token = make_token(acme).row
    usage.record_rejection(token.pk, RejectionReason.DISABLED)

    def fail(rejections):
        raise OperationalError("gone")

    with monkeypatch.context() as away:
        away.setattr(sql, "write_rejections", fail)
        with pytest.raises(OperationalError):
            usage.flush()
    usage.record_rejection(token.pk, RejectionReason.DISABLED)
    assert stored_rejections() == {"disabled": 2}


def test_number_of_buffered_rejections_is_limited(acme, monkeypatch):
    monkeypatch.setattr(counting, "MAX_BUFFERED_REJECTIONS", 3)
    for pk in (1, 2, 3, 4, 5, 1):
        usage.record_rejection(pk, RejectionReason.WRONG_SECRET)
    assert sorted(usage._rejections.values()) == [1, 1, 2]


# Where rejections are shown, and for how long


def test_rejections_are_deleted_with_their_token(acme):
    token = make_token(acme).row
    usage.record_rejection(token.pk, RejectionReason.DISABLED)
    usage.flush()
    operations.delete(token, by=member_actor(Workspace.objects.get()))
    assert not HourlyRejections.objects.exists()
