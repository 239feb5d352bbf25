"""`manage.py worker`."""

import os
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from tests.factories import InvitationFactory
from tokens_site.management.commands import worker
from workspaces.invitations.delivery import queue


@pytest.mark.django_db
def test_checking_for_tasks_takes_no_lock():
    """It only reads: on SQLite, a write or a transaction would wait for other writers."""
    with CaptureQueriesContext(connection) as queries:
        worker.run_ready_tasks(worker.batch_worker())
    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "SELECT"]


@pytest.mark.django_db
def test_an_abandoned_task_is_run_again(mailoutbox, run_tasks):
    queue(InvitationFactory(sent_at=None))
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(minutes=1))
    run_tasks()
    assert not mailoutbox
    DBTaskResult.objects.update(started_at=timezone.now() - timedelta(minutes=16))
    run_tasks()
    assert len(mailoutbox) == 1
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_worker_survives_database_errors_and_exits_with_its_parent(monkeypatch):
    attempts = []

    def fail(worker):
        attempts.append(1)
        raise OperationalError("unavailable")

    monkeypatch.setattr(worker, "run_ready_tasks", fail)
    monkeypatch.setattr(worker, "POLL_INTERVAL_SECONDS", 0)
    monkeypatch.setattr(Worker, "configure_signals", lambda self: None)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    monkeypatch.setattr(os, "getppid", lambda: 4711 if len(attempts) < 3 else 1)
    call_command("worker", "--parent=4711")
    assert len(attempts) == 3
