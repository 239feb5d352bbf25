from datetime import UTC, date, datetime, timedelta

import pytest

from access_tokens.models import AccessToken, HourlyUsage
from access_tokens.models.usage import DAYS_SHOWN
from access_tokens.views.token_details import last_days
from tests.factories import WorkspaceFactory, make_token
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
TODAY = date(2026, 11, 24)


def hour_of(year, month, day, hour) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) // 3600


def use(token, calls):
    HourlyUsage.objects.bulk_create(
        HourlyUsage(token=token, hour=hour, requests=count) for hour, count in calls.items()
    )


def test_calls_are_summed_by_day_and_days_without_any_are_there(token):
    use(
        token,
        {
            hour_of(2026, 11, 24, 0): 3,
            hour_of(2026, 11, 24, 23): 4,
            hour_of(2026, 11, 23, 23): 5,
            hour_of(2026, 10, 26, 0): 1,
            hour_of(2026, 10, 25, 23): 100,
        },
    )
    use(make_token().row, {hour_of(2026, 11, 24, 1): 50})
    days = last_days(token, today=TODAY)
    assert [day.date for day in days] == [TODAY - timedelta(days=ago) for ago in range(DAYS_SHOWN - 1, -1, -1)]
    assert {day.date: day.calls for day in days if day.calls} == {
        date(2026, 11, 24): 7,
        date(2026, 11, 23): 5,
        date(2026, 10, 26): 1,
    }


def test_the_greatest_day_fills_the_height_and_the_least_can_be_seen(token):
    use(token, {hour_of(2026, 11, 24, 0): 1_000_000, hour_of(2026, 11, 23, 0): 1})
    *_, less, most = last_days(token, today=TODAY)
    assert (most.y, most.height) == (0, 40)
    assert (less.y, less.height) == (39, 1)


def test_it_tells_what_there_is_to_know(as_member, acme):
    parent = make_token(acme, label="Terraform").row
    token = make_token(acme, label="CI runner", parent=parent).row
    AccessToken.objects.filter(pk=token.pk).update(
        last_used_at=datetime(2026, 11, 24, tzinfo=UTC),
        last_ip_address="203.0.113.7",
        last_client="curl",
        use_count=1234,
    )
    text = as_member(Role.VIEWER).get("details", token).text
    for told in (token.token_id, "through the token Terraform", "from 203.0.113.7 by curl", "1,234 in all"):
        assert told in text


def test_the_row_and_the_seal_stay_out_of_it(as_member, made):
    assert made.secret not in as_member(Role.OWNER).get("details", made.row).text


def test_in_another_workspace_there_is_nothing(as_member):
    assert as_member(Role.OWNER).get("details", make_token(WorkspaceFactory()).row).status_code == 404


def test_it_costs_the_same_for_many_hours(as_member, token, django_assert_max_num_queries):
    use(token, {hour_of(2026, 11, 24, 0) - ago: 1 for ago in range(700)})
    owner = as_member(Role.OWNER)
    owner.get("list")
    with django_assert_max_num_queries(6):
        assert owner.get("details", token, headers={"HX-Request": "true"}).status_code == 200
