from datetime import UTC, date, datetime, timedelta

import pytest

from access_tokens.models import HourlyRejections, HourlyUsage, RejectionReason
from access_tokens.models.usage import DAYS_SHOWN
from access_tokens.token_usage import RejectionCount, get_daily_requests, get_rejection_counts
from tests.factories import make_token

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

TODAY = date(2026, 11, 24)


def hour_of(month, day, hour) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=UTC).timestamp()) // 3600


def test_requests_are_counted_by_day_in_utc_including_days_without_requests():
    token = make_token().row
    requests = {(11, 24, 0): 3, (11, 24, 23): 4, (11, 23, 23): 5, (10, 26, 0): 1, (10, 25, 23): 100}
    for hour, count in requests.items():
        HourlyUsage.objects.create(token=token, hour=hour_of(*hour), requests=count)
    HourlyUsage.objects.create(token=make_token().row, hour=hour_of(11, 24, 1), requests=50)
    days = get_daily_requests(token, today=TODAY)
    assert [day.date for day in days] == [TODAY - timedelta(days=ago) for ago in range(DAYS_SHOWN - 1, -1, -1)]
    assert {day.date: day.requests for day in days if day.requests} == {
        date(2026, 11, 24): 7,
        date(2026, 11, 23): 5,
        date(2026, 10, 26): 1,
    }


def test_rejections_are_counted_by_reason_the_most_frequent_first():
    token = make_token().row
    rejections = [((11, 24, 9), "expired", 2), ((11, 23, 9), "rate_limited", 4), ((11, 24, 7), "rate_limited", 1)]
    rejections.append(((10, 25, 23), "disabled", 100))
    for hour, reason, count in rejections:
        HourlyRejections.objects.create(token=token, hour=hour_of(*hour), reason=reason, requests=count)
    HourlyRejections.objects.create(token=make_token().row, hour=hour_of(11, 24, 9), reason="expired", requests=50)
    counts = get_rejection_counts(token, today=TODAY)
    assert counts == [
        RejectionCount(RejectionReason.RATE_LIMITED.label, 5, datetime(2026, 11, 24, 7, tzinfo=UTC)),
        RejectionCount(RejectionReason.EXPIRED.label, 2, datetime(2026, 11, 24, 9, tzinfo=UTC)),
    ]
