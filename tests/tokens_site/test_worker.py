"""`manage.py worker`, and how a server keeps one beside it."""

import os
import signal
import sys
import time
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
from tokens_site.supervisor import SupervisedProcess
from workspaces.invitations.delivery import queue

FOREVER = [sys.executable, "-c", "import time; time.sleep(60)"]


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.02)


def process_of(companion):
    until(lambda: companion.process)
    assert companion.process
    return companion.process


@pytest.mark.django_db
def test_to_look_for_work_takes_no_lock():
    """Only reads: on SQLite, each write and each transaction of ours would wait for others' writes."""
    with CaptureQueriesContext(connection) as queries:
        worker.work(worker.batch_worker())
    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "SELECT"]


@pytest.mark.django_db
def test_what_a_worker_left_undone_is_done_by_the_next_one(mailoutbox, do_queued_work):
    queue(InvitationFactory(sent_at=None))
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(minutes=1))
    do_queued_work()
    assert not mailoutbox
    DBTaskResult.objects.update(started_at=timezone.now() - timedelta(minutes=16))
    do_queued_work()
    assert len(mailoutbox) == 1
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_it_outlives_a_database_that_is_away_and_ends_with_its_parent(monkeypatch):
    looks = []

    def work(one):
        looks.append(1)
        raise OperationalError("away")

    monkeypatch.setattr(worker, "work", work)
    monkeypatch.setattr(worker, "PAUSE", 0)
    monkeypatch.setattr(Worker, "configure_signals", lambda self: None)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    monkeypatch.setattr(os, "getppid", lambda: 4711 if len(looks) < 3 else 1)
    call_command("worker", "--beside=4711")
    assert len(looks) == 3


@pytest.mark.same_on_each_database
def test_one_that_dies_is_followed_by_another_until_the_end(monkeypatch):
    monkeypatch.setattr("tokens_site.supervisor.PAUSES", (0.0,))
    companion = SupervisedProcess(FOREVER)
    companion.start()
    first = process_of(companion)
    first.send_signal(signal.SIGKILL)
    until(lambda: companion.process is not first)
    second = process_of(companion)
    assert os.getpgid(second.pid) != os.getpgid(0), "Ctrl-C would reach it before its time."
    companion.stop()
    assert second.poll() is not None
    assert companion.process is second


@pytest.mark.same_on_each_database
def test_one_that_does_not_listen_is_killed_in_the_end(monkeypatch):
    monkeypatch.setattr("tokens_site.supervisor.PATIENCE", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    companion = SupervisedProcess([sys.executable, "-c", deaf])
    companion.start()
    process = process_of(companion)
    time.sleep(0.5)
    companion.stop()
    assert process.poll() == -signal.SIGKILL
