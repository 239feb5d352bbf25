"""The list of invitations, and the dialog that invites."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.access_tokens.views.console_client import HTMX, member
from tests.factories import InvitationFactory, MembershipFactory, WorkspaceFactory
from tests.roles import EACH_ROLE
from workspaces.models import Event, Invitation
from workspaces.models.invitation import InvitationStatus
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

LIST, INVITE = "workspaces:invitations", "workspaces:invite"
RESEND, REVOKE = "workspaces:resend_invitation", "workspaces:revoke_invitation"


def sent(addresses="ada@acme.example", **changes):
    return {"addresses": addresses, "role": Role.VIEWER.value, "message": "", **changes}


def invited():
    return list(Invitation.objects.order_by("email").values_list("email", "role"))


def in_field(response):
    return re.findall(r"<textarea[^>]*name=\"addresses\"[^>]*>([^<]*)</textarea>", response.text)[0]


@pytest.fixture
def one_of_each(acme):
    """An invitation in each status, named after it; and two that have ended."""
    over = timezone.now() - timedelta(days=1)
    fields: dict[str, dict[str, Any]] = {
        InvitationStatus.EXPIRED: {"expires_at": over},
        InvitationStatus.VOID: {"inviter_type": "member"},
        InvitationStatus.SENT: {},
        InvitationStatus.FAILED: {"sent_at": None, "failed_at": over, "failure": "550 No such user"},
        InvitationStatus.QUEUED: {"sent_at": None, "failure": "The mail server can't be reached."},
    }
    for end in ("accepted_at", "revoked_at"):
        InvitationFactory(workspace=acme, **{end: over})
    InvitationFactory()
    return {
        status: InvitationFactory(workspace=acme, email=f"{status}@acme.example", **fields[status])
        for status in InvitationStatus
    }


@EACH_ROLE
def test_who_may_invite_finds_the_button_and_the_list(as_member, acme, role):
    InvitationFactory(workspace=acme)
    person = as_member(role)
    may = role >= Role.WORKSPACE_MANAGER
    text = person.get("workspaces:members").text
    assert ('id="invite"' in text) == ("Invitations" in text) == may
    assert person.get(LIST).status_code == (200 if may else 403)


def test_the_list_tells_how_far_each_is_and_why_it_failed(owner, one_of_each):
    response = owner.get(LIST)
    rows = {row.record.email: row.record.status for row in response.context["table"].rows}
    assert rows == {f"{status}@acme.example": status for status in InvitationStatus}
    for words in (
        "550 No such user",
        "The mail server can&#x27;t be reached. Latchkey tries again.",
        "can no longer invite",
    ):
        assert words in response.text
    assert 'Invitations <span class="n" id="invited">5</span>' in response.text


@pytest.mark.parametrize(
    ("query", "stages"),
    [
        ({"status": "failed"}, [InvitationStatus.FAILED]),
        ({"status": "nonsense", "q": "SENT@"}, [InvitationStatus.SENT]),
        ({"role": "owner"}, []),
        ({"sort": "status"}, list(InvitationStatus)),
        ({"sort": "-email"}, sorted(InvitationStatus, reverse=True)),
    ],
)
def test_search_filter_and_sort(owner, one_of_each, query, stages):
    rows = [row.record.status for row in owner.get(LIST, query=query).context["table"].rows]
    assert rows == stages


@EACH_ROLE
def test_each_is_offered_what_they_may_do(acme, as_member, role):
    if role < Role.WORKSPACE_MANAGER:
        return
    others = {one: InvitationFactory(workspace=acme, role=one) for one in Role}
    text = as_member(role).get(LIST).text
    for action in ("resend", "revoke"):
        assert {one for one, row in others.items() if f'id="{action}-{row.pk}"' in text} == {
            one for one in Role if one <= role
        }


def test_while_mail_is_going_out_the_page_looks_again_and_then_no_more(owner, acme, run_tasks):
    owner.post(INVITE, data=sent("ada@acme.example, bob@acme.example"))
    response = owner.get(LIST)
    assert "2 of 2 e-mails left to send" in response.text
    assert 'hx-trigger="load delay:2s"' in response.text
    run_tasks()
    response = owner.get(LIST, headers=HTMX)
    assert "still to go out" not in response.text
    assert 'id="sending"' in response.text
    assert response.text.count("badge sent") == 2


def test_progress_counts_what_was_queued_since_the_oldest_that_waits(owner, acme):
    now = timezone.now()
    for minutes, is_sent in ((9, True), (5, False), (4, True), (3, True)):
        fields = {"queued_at": now - timedelta(minutes=minutes), "sent_at": now if is_sent else None}
        InvitationFactory(workspace=acme, **fields)
    assert owner.get(LIST).context["progress"] == {"waiting": 1, "total": 3, "done": 2}


def test_the_dialog_offers_the_roles_that_one_may_give(as_member):
    response = as_member(Role.ADMINISTRATOR).get(INVITE, headers=HTMX)
    assert response.text.strip().startswith("<dialog")
    roles = [int(value) for value in re.findall(r'<option value="(\d+)"', response.text)]
    assert roles == [role for role in Role if role < Role.OWNER]


def test_all_good_ones_are_invited_and_one_is_where_their_mail_can_be_watched(owner, acme):
    response = owner.post(INVITE, data=sent("Ada <ada@acme.example>\nbob@acme.example, owner", message="Hi"), htmx=True)
    assert response.headers["HX-Redirect"] == "/workspace/acme/members/invitations"
    assert invited() == [("ada@acme.example", Role.VIEWER), ("bob@acme.example", Role.OWNER)]
    assert "Sending 2 invitations." in owner.get(LIST).text
    assert owner.post(INVITE, data=sent("zoe@acme.example")).headers["Location"] == owner.url(LIST)


def test_the_bad_lines_come_back_and_the_good_ones_are_sent(owner, acme):
    MembershipFactory(workspace=acme, user__email="in@acme.example")
    lines = "ada@acme.example\nbob@\nin@acme.example\nzoe@acme.example, boss"
    response = owner.post(INVITE, data=sent(lines, message="Hi", role=Role.TEAM_MEMBER.value), htmx=True)
    assert response.status_code == 200
    assert invited() == [("ada@acme.example", Role.TEAM_MEMBER)]
    assert "Sending 1 invitation." in response.text
    assert "invitations:changed" in response.headers["HX-Trigger"]
    assert f'href="{owner.url(LIST)}" data-close autofocus>Close' in response.text
    assert "3 lines were not accepted" in response.text
    for line, words in ((2, "not a valid e-mail address"), (3, "is already a member of Acme"), (4, "no role “boss”")):
        assert re.search(rf"Line {line}</span>.*{words}", response.text)
    assert in_field(response).splitlines() == ["bob@", "zoe@acme.example, boss"]
    assert ">Hi</textarea>" in response.text
    assert f'<option value="{Role.TEAM_MEMBER.value}" selected>' in response.text


def test_a_role_above_ones_own_is_refused_by_line_and_in_the_select(as_member, acme):
    manager = as_member(Role.WORKSPACE_MANAGER)
    response = manager.post(INVITE, data=sent("ada@acme.example, owner"))
    assert response.status_code == 422
    assert "because it would grant Owner access" in response.text
    assert manager.post(INVITE, data=sent(role=Role.OWNER.value)).status_code == 422
    assert invited() == []
    assert not Event.objects.exists()


def file(content, name="people.csv"):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode("utf-8-sig"))


def test_a_csv_file_brings_a_thousand_rows(owner, acme):
    rows = "".join(f"p{number}@big.example,team member\n" for number in range(1000))
    response = owner.post(INVITE, data=sent("", file=file(f"address,role\n{rows}")))
    assert response.status_code == 302
    assert Invitation.objects.filter(role=Role.TEAM_MEMBER).count() == Event.objects.count() == 1000


def test_who_is_pasted_and_in_the_file_too_is_invited_once(owner, acme):
    assert owner.post(INVITE, data=sent(file=file("Ada@acme.example"))).status_code == 302
    assert invited() == [("ada@acme.example", Role.VIEWER)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("\n".join(f"p{number}@acme.example" for number in range(1000)), "This list has 1,001 entries."),
        ("Zoë@acme.example".encode("cp1252"), "not encoded in UTF-8"),
        ("a@acme.example\0", "not a CSV file"),
        (f'"{"x" * 200_000}"', "not a CSV file"),
        ("x" * 600_000, "too large"),
        ("", "empty"),
    ],
)
def test_a_file_that_can_not_be_used_is_told_and_nothing_is_sent(owner, acme, content, words):
    response = owner.post(INVITE, data=sent("ada@acme.example", file=file(content) if content else file(b"")))
    assert response.status_code == 422
    assert words in response.text
    assert in_field(response) == "ada@acme.example"
    assert invited() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"addresses": " \n,"}, "Enter e-mail addresses"),
        ({"message": "x" * 501}, "at most 500"),
        ({"role": "3"}, "valid choice"),
    ],
)
def test_a_form_that_can_not_be_used_comes_back(owner, acme, changes, words):
    response = owner.post(INVITE, data=sent(**changes), htmx=True)
    assert response.status_code == 422
    assert words in response.text


def test_sending_again_and_revoking_say_so_and_let_the_list_read_itself_again(owner, one_of_each):
    failed = one_of_each[InvitationStatus.FAILED]
    for action, words in (
        (RESEND, "Sending a new link to"),
        (REVOKE, "Revoked the invitation"),
        (REVOKE, "is already revoked"),
    ):
        response = owner.post(action, failed, htmx=True, from_page=owner.url(LIST))
        assert words in response.text
        assert "invitations:changed" in response.headers["HX-Trigger"]
    assert owner.post(RESEND, one_of_each[InvitationStatus.SENT], from_page=owner.url(LIST)).headers[
        "Location"
    ] == owner.url(LIST)


@EACH_ROLE
def test_another_workspaces_invitations_are_not_found(acme, role):
    theirs = InvitationFactory(workspace=acme)
    stranger = member(WorkspaceFactory(), role)
    here = stranger.workspace
    if role >= Role.WORKSPACE_MANAGER:
        assert stranger.post(REVOKE, theirs).status_code == stranger.post(RESEND, theirs).status_code == 404
    stranger.workspace = acme
    assert stranger.get(LIST).status_code == stranger.post(INVITE, data=sent()).status_code == 404
    assert here != acme
    theirs.refresh_from_db()
    assert (theirs.version, theirs.revoked_at) == (1, None)


@pytest.mark.parametrize("number", [3, 60])
def test_it_costs_the_same_for_few_and_for_many(owner, acme, number):
    owner.get(LIST)
    InvitationFactory.create_batch(number, workspace=acme, inviter=owner.user, inviter_type="member", sent_at=None)
    with CaptureQueriesContext(connection) as queries:
        assert owner.get(LIST, query={"per_page": 100}).status_code == 200
    assert len(queries) == 10
