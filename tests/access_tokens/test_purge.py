import pytest
from django.utils import timezone

from access_tokens import purge
from access_tokens.models import HourlyRejections, HourlyUsage
from access_tokens.models.usage import first_hour_shown
from tests.factories import make_token

pytestmark = pytest.mark.django_db


def test_hours_that_are_no_longer_shown_are_deleted_in_batches(monkeypatch):
    monkeypatch.setattr(purge, "BATCH_SIZE", 2)
    token, first = make_token().row, first_hour_shown(timezone.now().date())
    for hour in range(first - 5, first + 2):
        HourlyUsage.objects.create(token=token, hour=hour, requests=1)
        HourlyRejections.objects.create(token=token, hour=hour, reason="expired", requests=1)
    assert purge.purge_hourly_counts() == 10
    assert [row.hour for row in HourlyUsage.objects.order_by("hour")] == [first, first + 1]
    assert HourlyRejections.objects.count() == 2
    assert purge.purge_hourly_counts() == 0
