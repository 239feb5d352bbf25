"""Purge of events."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import EventFactory, WorkspaceFactory
from workspaces.models import Event
from workspaces.models import event as model
from workspaces.purge import purge_events

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def events():
    """Events by age in days, in two workspaces, one of which is deleted."""
    acme, gone, now = WorkspaceFactory(), WorkspaceFactory(), timezone.now()
    for workspace in (acme, gone):
        for age in (0, 399, 401, 800):
            EventFactory(workspace=workspace, subject_name=str(age), at=now - age * DAY)
    gone.delete()


def ages():
    return sorted(int(name) for name in Event.objects.values_list("subject_name", flat=True))


@pytest.mark.parametrize(
    ("days", "left"), [(400, [0, 0, 399, 399]), (7, [0, 0]), (0, [0, 0, 399, 399, 401, 401, 800, 800])]
)
def test_events_past_their_retention_are_purged(events, settings, days, left):
    settings.EVENT_RETENTION_DAYS = days
    assert purge_events() == 8 - len(left)
    assert ages() == left
    assert purge_events() == 0


def test_events_are_purged_in_batches(events, monkeypatch):
    monkeypatch.setattr(model, "PURGE_BATCH_SIZE", 3)
    with CaptureQueriesContext(connection) as queries:
        assert Event.objects.purge_before(timezone.now() - DAY) == 6
    assert len([query for query in queries if query["sql"].startswith("DELETE")]) == 2


def test_purge_respects_the_filters_of_a_queryset(events):
    assert Event.objects.filter(subject_name="800").purge_before(timezone.now() - DAY) == 2
    assert ages() == [0, 0, 399, 399, 401, 401]
