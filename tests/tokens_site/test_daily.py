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


def test_sessions_that_expired_go_and_the_others_stay():
    now = timezone.now()
    for key, left in (("over", -1), ("alive", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(minutes=left))
    assert "expired sessions: 1 removed" in run()
    assert [session.session_key for session in Session.objects.all()] == ["alive"]
    assert "expired sessions: 0 removed" in run()


def test_events_and_counts_of_calls_that_had_their_time_go():
    long_ago = timezone.now() - timedelta(days=401)
    EventFactory(at=long_ago)
    kept = EventFactory()
    HourlyUsage.objects.create(token=make_token(kept.workspace).row, hour=int(long_ago.timestamp()) // 3600, requests=1)
    told = run()
    assert "old events: 1 removed" in told
    assert "old counts of calls: 1 removed" in told
    assert Event.objects.get() == kept


def test_a_job_that_fails_holds_up_no_other_and_is_told(monkeypatch):
    def fail() -> int:
        raise DatabaseError("gone")

    output = StringIO()
    monkeypatch.setattr(daily, "JOBS", {"one": fail, "another": lambda: 3})
    with pytest.raises(CommandError, match="Could not remove one: the log says why"):
        call_command("daily", stdout=output)
    assert output.getvalue() == "another: 3 removed\n"


def test_invitations_and_tasks_that_are_long_over_go():
    over, kept = timezone.now() - timedelta(days=31), timezone.now() - timedelta(days=29)
    stays = [InvitationFactory(expires_at=kept), InvitationFactory()]
    InvitationFactory(expires_at=over)
    InvitationFactory(expires_at=over, accepted_at=over)
    for invitation, ended in zip(stays, (over, kept), strict=True):
        queue(invitation)
        DBTaskResult.objects.filter(finished_at=None).update(status="SUCCESSFUL", finished_at=ended)
    queue(stays[0])
    assert "invitations that are over: 2 removed\nfinished tasks: 1 removed" in run()
    assert set(Invitation.objects.all()) == set(stays)
    assert DBTaskResult.objects.count() == 2
