"""Rejection calls of a token that is known: counted by hour and reason, beside the calls that are let through."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access_tokens import operations
from access_tokens.api.fast_path import FastPath
from access_tokens.authentication.usage import UsageWriter, sql, usage
from access_tokens.authentication.usage import writer as writer_module
from access_tokens.models import AccessToken, HourlyRejections, HourlyUsage, RejectionReason
from access_tokens.models.usage import first_hour_shown
from access_tokens.purge import purge_hourly_counts
from access_tokens.token_format import generate
from access_tokens.views.token_details import refusals
from tests.access_tokens.api.test_fast_path import bearer, call, closed, environ
from tests.access_tokens.views.console_client import member
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token, member_actor
from workspaces.models import Event, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
HOUR = int(NOON.timestamp()) // 3600
ME = "/api/v1/me"


@pytest.fixture
def acme():
    return WorkspaceFactory(slug="acme")


def counted(token=None) -> dict[str, int]:
    """What is written of a token once what waits is: calls by reason."""
    usage.flush()
    rows = HourlyRejections.objects.filter(**({"token": token} if token else {}))
    return dict(rows.values_list("reason", "requests"))


def test_a_call_with_a_token_that_is_off_over_or_out_of_scope_is_counted(api, acme):
    off, over = make_token(acme, disabled_at=timezone.now()), make_token(acme, **expired())
    no_scope = make_token(WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER)), Role.TEAM_MEMBER)
    for made, reason in ((off, "disabled"), (over, "expired"), (no_scope, "scope_unavailable")):
        for _ in range(2):
            assert api.get(ME, made).status_code == 401
        assert counted(made.row) == {reason: 2}


def test_a_wrong_secret_is_told_from_an_old_one_here_and_never_to_the_caller(api, acme):
    token = make_token(acme, Role.OWNER)
    wrong = generate(token.row.key_id).plaintext
    operations.rotate(token.row, by=member_actor(acme), overlap=timedelta(days=1))
    AccessToken.objects.update(previous_secret_expires_at=timezone.now() - timedelta(seconds=1))
    answers = [api.get(ME, one).content for one in (wrong, token, generate().plaintext)]
    assert len(set(answers)) == 1
    assert counted() == {"wrong_secret": 1, "previous_secret": 1}


def test_an_old_secret_within_its_overlap_is_none(api, acme):
    token = make_token(acme, Role.OWNER)
    operations.rotate(token.row, by=member_actor(acme), overlap=timedelta(days=1))
    assert api.get(ME, token).status_code == 200
    assert counted() == {}


def test_what_its_scope_does_not_allow_is_counted(api, acme):
    viewer = make_token(acme)
    assert api.post("/api/v1/workspaces/acme/projects", viewer, {"name": "Site"}).status_code == 403
    assert counted() == {"insufficient_scope": 1}
    mortal = make_token(acme, Role.OWNER, expires_at=timezone.now() + timedelta(days=1))
    forever = {"label": "CI", "scope": "viewer"}
    assert api.post("/api/v1/workspaces/acme/access-tokens", mortal, forever).status_code == 403
    assert counted(mortal.row) == {"not_allowed": 1}


def test_too_many_calls_are_counted_and_those_before_are_not(api):
    token = make_token(WorkspaceFactory(rate_limit=2))
    with time_machine.travel(NOON, tick=False):
        assert [api.get(ME, token).status_code for _ in range(5)] == [200, 200, 429, 429, 429]
    assert counted() == {"rate_limited": 3}
    assert HourlyUsage.objects.get().requests == 2


def test_a_gateway_that_turns_a_token_away_counts_it(acme):
    token = make_token(acme)
    for query in ("workspace=other", "workspace=acme&scope=owner"):
        status, _, _ = call(FastPath(closed), environ("/api/v1/authorize", query, **bearer(token)))
        assert status.startswith("403")
    assert counted() == {"other_workspace": 1, "insufficient_scope": 1}


def test_a_service_that_asks_about_a_refused_token_counts_it_in_its_own_workspace_alone(api, acme):
    service, off = make_token(acme), make_token(acme, disabled_at=timezone.now())
    elsewhere = make_token(disabled_at=timezone.now())
    form = "application/x-www-form-urlencoded"
    for made in (off, elsewhere):
        asked = api.post("/api/v1/introspect", service, data=f"token={made.plaintext}", content_type=form)
        assert asked.json() == {"active": False}
    assert counted(off.row) == {"disabled": 1}
    assert counted(elsewhere.row) == {}


def test_what_is_malformed_or_unknown_is_nobodys(api, acme):
    token = make_token(acme)
    for one in (token.plaintext[:-1] + "!", generate().plaintext, None):
        assert api.get(ME, one).status_code == 401
    assert counted() == {}


def test_a_refusal_costs_the_one_query_and_no_event(api, acme, django_assert_num_queries):
    off = make_token(acme, disabled_at=timezone.now())
    with django_assert_num_queries(1):
        api.get(ME, off)
    usage.flush()
    assert not Event.objects.exists()


# How they are written


def test_processes_add_up_hour_by_hour_in_one_statement(acme):
    one, other = make_token(acme).row, make_token(acme).row
    writers = [UsageWriter(), UsageWriter()]
    for writer in writers:
        for hours in (0, 0, 1):
            with time_machine.travel(NOON + timedelta(hours=hours), tick=False):
                writer.refuse(one.pk, RejectionReason.DISABLED)
                writer.refuse(other.pk, RejectionReason.EXPIRED)
        with CaptureQueriesContext(connection) as queries:
            writer.flush()
        assert len([query for query in queries if "refused" in query["sql"]]) == 1
    rows = HourlyRejections.objects.filter(token=one).order_by("hour").values_list("hour", "reason", "requests")
    assert list(rows) == [(HOUR, "disabled", 4), (HOUR + 1, "disabled", 2)]


def test_those_of_a_token_that_went_meanwhile_are_left_out(acme):
    gone, here = make_token(acme).row, make_token(acme).row
    for token in (gone, here):
        usage.refuse(token.pk, RejectionReason.DISABLED)
    gone.delete()
    assert counted() == {"disabled": 1}


def test_a_database_that_is_away_keeps_them(acme, monkeypatch):
    token = make_token(acme).row
    usage.refuse(token.pk, RejectionReason.DISABLED)

    def away(refusals):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(sql, "write_rejections", away)
        with pytest.raises(OperationalError):
            usage.flush()
    usage.refuse(token.pk, RejectionReason.DISABLED)
    assert counted() == {"disabled": 2}


def test_however_many_are_tried_no_more_than_so_many_wait(acme, monkeypatch):
    monkeypatch.setattr(writer_module, "MAX_REJECTIONS", 3)
    for pk in (1, 2, 3, 4, 5, 1):
        usage.refuse(pk, RejectionReason.WRONG_SECRET)
    assert sorted(usage._refusals.values()) == [1, 1, 2]


# Where they are shown, and for how long


def test_they_are_shown_with_the_token_by_reason(acme):
    token, now = make_token(acme).row, timezone.now()
    hour = int(now.timestamp()) // 3600
    shown = [("disabled", hour, 3), ("disabled", hour - 30, 1000), ("wrong_secret", hour - 1, 2)]
    long_ago = ("expired", first_hour_shown(now.date()) - 1, 7)
    for reason, at, calls in [*shown, long_ago]:
        HourlyRejections.objects.create(token=token, hour=at, reason=reason, requests=calls)
    told = refusals(token, today=now.date())
    assert [(one.reason, one.calls) for one in told] == [("The token is disabled", 1003), ("A wrong secret", 2)]
    assert told[0].last == now.replace(minute=0, second=0, microsecond=0)
    text = member(acme, Role.VIEWER).get("details", token).text
    assert "1,005 refused calls in the last 30 days" in text
    assert "A wrong secret" in text


def test_hours_that_are_shown_no_more_are_forgotten_a_batch_at_a_time(acme, monkeypatch):
    monkeypatch.setattr("access_tokens.purge.BATCH", 2)
    token, first = make_token(acme).row, first_hour_shown(timezone.now().date())
    for hour in range(first - 5, first + 2):
        HourlyUsage.objects.create(token=token, hour=hour, requests=1)
        HourlyRejections.objects.create(token=token, hour=hour, reason="expired", requests=1)
    assert purge_hourly_counts() == 10
    assert [row.hour for row in HourlyUsage.objects.order_by("hour")] == [first, first + 1]
    assert HourlyRejections.objects.count() == 2
    assert purge_hourly_counts() == 0


def test_they_go_with_their_token(acme):
    token = make_token(acme).row
    usage.refuse(token.pk, RejectionReason.DISABLED)
    usage.flush()
    operations.delete(token, by=member_actor(Workspace.objects.get()))
    assert not HourlyRejections.objects.exists()
