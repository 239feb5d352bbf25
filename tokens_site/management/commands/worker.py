"""`manage.py worker`: the background worker. `serve` and `demo` start one automatically."""

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

POLL_INTERVAL_SECONDS = 1.0
"""Time between two looks at the queue, and between two attempts to reach the database."""
ABANDONED_AFTER = timedelta(minutes=15)
"""No task takes this long: the worker that started it is gone, and the task is run again."""

log = structlog.get_logger("latchkey.worker")


class Command(BaseCommand):
    help = "Run background tasks, such as sending e-mail. `serve` and `demo` start a worker automatically."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, metavar="PID", help="exit when this parent process has exited")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = batch_worker()
        worker.configure_signals()
        parent = options["parent"]
        while worker.running and parent in {None, os.getppid()}:
            try:
                run_ready_tasks(worker)
                close_old_connections()
            except DatabaseError:
                log.exception("worker.database_unavailable")
                connections.close_all()
            time.sleep(POLL_INTERVAL_SECONDS)


def batch_worker() -> Worker:
    """Return a django-tasks-db worker that runs until no task is ready. Two workers never take the same task."""
    return Worker(
        queue_names=[DEFAULT_TASK_QUEUE_NAME],
        interval=POLL_INTERVAL_SECONDS,
        batch=True,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    )


def run_ready_tasks(worker: Worker) -> None:
    """Run all tasks that are ready.

    The queue is checked without a lock first, because the poll of django-tasks-db locks a SQLite database each time.
    """
    abandoned = DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - ABANDONED_AFTER)
    if abandoned.exists():
        abandoned.update(status=TaskResultStatus.READY)
    if DBTaskResult.objects.ready().exists():
        worker.run()
