"""Content and delivery of invitation e-mails."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.factories import InvitationFactory, MembershipFactory, UserFactory, WorkspaceFactory, member_actor
from tests.workspaces.invitations.conftest import queued_arguments
from workspaces.invitations import delivery, links
from workspaces.invitations.operations import invite_one, resend, revoke
from workspaces.models import Event, Invitation, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
REFUSED = smtplib.SMTPRecipientsRefused({"ada@acme.example": (550, b"5.1.1 No such\r\n user")})
BUSY = smtplib.SMTPRecipientsRefused({"ada@acme.example": (451, b"Greylisted")})


@pytest.fixture
def acme():
    return WorkspaceFactory(name="Acme & Sons", slug="acme")


@pytest.fixture
def by(acme):
    return member_actor(acme, user=UserFactory(email="grace@acme.example", name="Grace <Hopper>"))


@pytest.fixture
def ada(acme, by):
    return invite_one(acme, "ada@acme.example", Role.TEAM_MEMBER, message="Hi,\n<b>come</b>!", by=by)


@pytest.fixture
def fails(monkeypatch):
    """Make sending fail with an error."""

    def fails(error):
        def fail(invitation):
            raise error

        monkeypatch.setattr(delivery, "compose", fail)

    return fails


def test_email_describes_the_invitation_in_text_and_html(ada, send_mail):
    send_mail()
    letter: Any = mail.outbox[0]
    [(html, kind)] = letter.alternatives
    assert letter.to == ["ada@acme.example"]
    assert letter.reply_to == ["grace@acme.example"]
    assert letter.subject == "[Latchkey] Grace <Hopper> invites you to Acme & Sons"
    assert kind == "text/html"
    link = links.invitation_url(ada)
    assert "Grace <Hopper> invites you to join Acme & Sons on Latchkey as a Team Member." in letter.body
    assert "\n> Hi,\n> <b>come</b>!\n" in letter.body
    assert "&lt;b&gt;come&lt;/b&gt;" in html
    assert "Acme &amp; Sons" in html
    assert html.count(link) == 3
    assert link in letter.body
    for text in (letter.body, html):
        assert "once, only for ada@acme.example" in text
        assert f"{ada.expires_at:%-d %B %Y}" in text
    ada.refresh_from_db()
    assert ada.sent_at


def test_inviter_name_with_line_breaks_adds_no_header(acme, send_mail):
    by = member_actor(acme, user=UserFactory(email="eve@acme.example", name="Eve\nBcc: all@acme.example"))
    invite_one(acme, "ada@acme.example", Role.VIEWER, by=by)
    send_mail()
    assert mail.outbox[0].subject.startswith("[Latchkey] Eve Bcc: all@acme.example invites")
    assert not mail.outbox[0].bcc


def test_link_is_in_neither_the_queue_nor_the_database_nor_the_log(ada, send_mail):
    send_mail()
    signature = links.invitation_url(ada).rpartition(".")[2]
    assert queued_arguments() == [[str(ada.pk), 1]]
    for model in (DBTaskResult, Invitation, Event):
        assert signature not in str(list(model.objects.values()))


def test_email_is_sent_once_even_if_the_task_runs_twice(ada, send_mail):
    send_mail()
    delivery.deliver.call(str(ada.pk), 1)
    assert len(mail.outbox) == 1


def test_only_the_latest_version_is_sent(ada, by, send_mail):
    again = resend(ada, by=by)
    sent = send_mail()
    assert sent == {"ada@acme.example": links.invitation_url(again).removeprefix("http://localhost:8000")}
    assert links.invitation_url(again) != links.invitation_url(ada)
    assert len(mail.outbox) == 1


def test_email_of_a_closed_invitation_is_not_sent(ada, by, acme, send_mail):
    revoke(ada, by=by)
    late = invite_one(acme, "late@acme.example", Role.VIEWER, by=by)
    Invitation.objects.filter(pk=late.pk).update(expires_at=timezone.now())
    row = MembershipFactory(workspace=acme)
    fields = {"inviter_type": "member", "inviter": row.user, "sent_at": None}
    row.delete()
    delivery.queue(InvitationFactory(workspace=acme, **fields))
    assert send_mail() == {}


def test_email_of_a_deleted_workspace_fails_and_can_be_resent_after_restoring_it(ada, acme, send_mail):
    Workspace.objects.update(deleted_at=timezone.now())
    assert send_mail() == {}
    ada.refresh_from_db()
    assert "deleted before" in ada.failure
    assert ada.failed_at


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (REFUSED, "The mail server rejected this address: 550 5.1.1 No such user"),
        (smtplib.SMTPAuthenticationError(535, b"secret"), "The mail server rejected the e-mail with code 535."),
        (smtplib.SMTPDataError(554, b"http://x/invitations/1"), "The mail server rejected the e-mail with code 554."),
        (smtplib.SMTPNotSupportedError("no"), "The e-mail could not be sent."),
        (ValueError("no"), "The e-mail could not be sent."),
    ],
)
def test_permanent_failure_is_recorded_with_its_reason(ada, fails, send_mail, error, message):
    fails(error)
    send_mail()
    ada.refresh_from_db()
    assert ada.failed_at
    assert ada.failure.startswith(message)
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BUSY, "451 Greylisted"),
        (ConnectionRefusedError(), "can't be reached"),
        (TimeoutError(), "can't be reached"),
        (smtplib.SMTPServerDisconnected("x"), "connection to the mail server was lost"),
        (smtplib.SMTPDataError(421, b"later"), "code 421"),
    ],
)
def test_temporary_failure_is_retried_and_finally_given_up(ada, fails, error, message):
    fails(error)
    for tries in range(len(delivery.RETRY_DELAYS) + 1):
        delivery.deliver.call(str(ada.pk), 1, tries)
        ada.refresh_from_db()
        assert message in ada.failure
    assert ada.failed_at
    later = DBTaskResult.objects.filter(run_after__lt=timezone.now() + timedelta(days=1)).order_by("run_after")
    assert [row.args_kwargs["args"][2] for row in later] == [1, 2, 3, 4]
    assert later[0].run_after > timezone.now() + timedelta(seconds=50)


def test_failure_is_cleared_once_the_email_is_sent(ada):
    Invitation.objects.filter(pk=ada.pk).update(failure="The mail server can't be reached.")
    delivery.deliver.call(str(ada.pk), 1, 1)
    ada.refresh_from_db()
    assert (ada.failure, ada.sent_at is None) == ("", False)
