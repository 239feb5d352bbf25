"""`manage.py worker`: does what waits in the queue. `serve` and `demo` start one beside the web workers."""

import os
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connections
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, DEFAULT_TASK_QUEUE_NAME, TaskResultStatus
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

PAUSE = 1.0
"""Seconds until it looks again whether there is work, and until it tries a database again that was away."""
ABANDONED_AFTER = timedelta(minutes=15)
"""No task takes so long. One that was begun before then was begun by a worker that is no more."""

log = structlog.get_logger("latchkey.worker")


class Command(BaseCommand):
    help = "Do what waits in the queue, such as mail. `serve` and `demo` start one by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--beside", type=int, metavar="PID", help="end once that process, its parent, has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = batch_worker()
        worker.configure_signals()
        parent = options["beside"]
        while worker.running and parent in {None, os.getppid()}:
            try:
                work(worker)
                close_old_connections()
            except DatabaseError:
                log.exception("worker.database_away")
                connections.close_all()
            time.sleep(PAUSE)


def batch_worker() -> Worker:
    """django-tasks-db's worker, which works until nothing is ready; two of them never take the same task."""
    return Worker(
        queue_names=[DEFAULT_TASK_QUEUE_NAME],
        interval=PAUSE,
        batch=True,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    )


def work(worker: Worker) -> None:
    """Do all that is ready. Looking takes no lock; django-tasks-db's own poll would take SQLite's each time."""
    abandoned = DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - ABANDONED_AFTER)
    if abandoned.exists():
        abandoned.update(status=TaskResultStatus.READY)
    if DBTaskResult.objects.ready().exists():
        worker.run()
