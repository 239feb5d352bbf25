import re

import pytest
from django.core import mail
from django_tasks_db.models import DBTaskResult

from tests.access_tokens.views.conftest import as_member, fast_passwords, owner

__all__ = ["as_member", "fast_passwords", "owner"]
LINK = re.compile(r"http://localhost:8000(/invitations/\S+)")


@pytest.fixture
def send_mail(run_tasks):
    """Run the queued tasks. Return the path of the link in each sent e-mail, by address."""

    def send_mail():
        before = len(mail.outbox)
        run_tasks()
        return {letter.to[0]: path_in(letter) for letter in mail.outbox[before:]}

    return send_mail


def path_in(letter) -> str:
    [path] = LINK.findall(str(letter.body))
    return str(path)


def queued_arguments():
    return [row.args_kwargs["args"] for row in DBTaskResult.objects.order_by("enqueued_at")]
