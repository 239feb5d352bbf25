from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from access_tokens.models import AccessToken, HourlyRejections, HourlyUsage
from access_tokens.token_usage import DailyRequests
from access_tokens.views.token_details import Bar, chart_bars
from tests.access_tokens.views.console_client import HTMX, page_text
from tests.factories import make_token
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

DAY = date(2026, 11, 24)


def test_bars_are_scaled_to_the_busiest_day_and_a_single_request_is_visible():
    days = [DailyRequests(DAY, 1), DailyRequests(DAY, 0), DailyRequests(DAY, 1_000_000)]
    assert chart_bars(days) == [Bar(0, 39, 1), Bar(10, 40, 0), Bar(20, 0, 40)]


def test_chart_without_requests_is_empty():
    assert chart_bars([DailyRequests(DAY, 0)]) == [Bar(0, 40, 0)]


def test_dialog_shows_origin_and_last_use(as_member, acme):
    parent = make_token(acme, label="Terraform").row
    token = make_token(acme, label="CI runner", parent=parent).row
    AccessToken.objects.filter(pk=token.pk).update(
        last_used_at=datetime(2026, 11, 24, tzinfo=UTC),
        last_ip_address="203.0.113.7",
        last_client="curl",
        use_count=1234,
    )
    text = page_text(as_member(Role.VIEWER).get("details", token))
    for expected in (
        token.token_id,
        f"Created {token.created_at:%Y-%m-%d %H:%M} UTC by",
        "with the token Terraform",
        "from 203.0.113.7 with curl",
        "1,234 in total",
    ):
        assert expected in text


def test_dialog_shows_requests_and_rejections_of_the_last_days(owner, token):
    hour = int(timezone.now().timestamp()) // 3600
    HourlyUsage.objects.create(token=token, hour=hour, requests=3)
    HourlyRejections.objects.create(token=token, hour=hour, reason="expired", requests=2)
    text = page_text(owner.get("details", token))
    assert "3 requests in the last 30 days" in text
    assert "2 rejected requests in the last 30 days" in text


@pytest.mark.parametrize(("role", "is_linked"), [(Role.ADMINISTRATOR, True), (Role.WORKSPACE_MANAGER, False)])
def test_events_are_linked_for_members_who_can_read_them(as_member, token, role, is_linked):
    assert ("Changes to this token" in as_member(role).get("details", token).text) == is_linked


def test_queries_do_not_depend_on_the_number_of_hours(owner, token, django_assert_max_num_queries):
    hour = int(timezone.now().timestamp()) // 3600
    HourlyUsage.objects.bulk_create(HourlyUsage(token=token, hour=hour - ago, requests=1) for ago in range(700))
    owner.get("list")
    with django_assert_max_num_queries(6):
        assert owner.get("details", token, headers=HTMX).status_code == 200
