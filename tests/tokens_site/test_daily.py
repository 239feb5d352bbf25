"""`manage.py daily`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from access_tokens.models import HourlyUsage
from tests.factories import EventFactory, InvitationFactory, make_token
from tokens_site.management.commands import daily
from workspaces.invitations.delivery import queue
from workspaces.models import Event, Invitation

pytestmark = pytest.mark.django_db


def run() -> str:
    output = StringIO()
    call_command("daily", stdout=output)
    return output.getvalue()


def test_expired_sessions_are_deleted():
    now = timezone.now()
    for key, minutes in (("expired", -1), ("valid", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(minutes=minutes))
    assert "expired sessions: 1 deleted" in run()
    assert [session.session_key for session in Session.objects.all()] == ["valid"]
    assert "expired sessions: 0 deleted" in run()


def test_events_and_usage_counts_past_their_retention_are_deleted():
    long_ago = timezone.now() - timedelta(days=401)
    EventFactory(at=long_ago)
    kept = EventFactory()
    HourlyUsage.objects.create(token=make_token(kept.workspace).row, hour=int(long_ago.timestamp()) // 3600, requests=1)
    output = run()
    assert "old events: 1 deleted" in output
    assert "old usage counts: 1 deleted" in output
    assert Event.objects.get() == kept


def test_a_failed_job_is_reported_and_the_next_jobs_run(monkeypatch):
    def fail() -> int:
        raise DatabaseError("gone")

    output = StringIO()
    monkeypatch.setattr(daily, "JOBS", {"one": fail, "another": lambda: 3})
    with pytest.raises(CommandError, match=r"Could not purge one\. See the log for the cause"):
        call_command("daily", stdout=output)
    assert output.getvalue() == "another: 3 deleted\n"


def test_old_invitations_and_tasks_are_deleted():
    old, recent = timezone.now() - timedelta(days=31), timezone.now() - timedelta(days=29)
    kept = [InvitationFactory(expires_at=recent), InvitationFactory()]
    InvitationFactory(expires_at=old)
    InvitationFactory(expires_at=old, accepted_at=old)
    for invitation, ended in zip(kept, (old, recent), strict=True):
        queue(invitation)
        DBTaskResult.objects.filter(finished_at=None).update(status="SUCCESSFUL", finished_at=ended)
    queue(kept[0])
    assert "expired invitations: 2 deleted\nfinished tasks: 1 deleted" in run()
    assert set(Invitation.objects.all()) == set(kept)
    assert DBTaskResult.objects.count() == 2
