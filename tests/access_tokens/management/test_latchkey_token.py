import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access_tokens import operations, token_format
from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.authentication.usage import usage
from access_tokens.models import AccessToken
from access_tokens.operations import set_expiry_policy
from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.events import EventType
from workspaces.models import Event
from workspaces.operations import create_workspace, set_available_roles
from workspaces.operations.workspace_deletion import delete_workspace
from workspaces.permissions import Role

ACTOR = Actor.command("tests")

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def no_usage_writer(monkeypatch):
    monkeypatch.setattr(usage, "record", lambda token_pk: None)


@pytest.fixture
def ada():
    return User.objects.create_user("ada@acme.example")


@pytest.fixture
def acme(ada):
    return create_workspace("Acme", "acme", owner=ada, by=ACTOR)


@pytest.fixture
def run():
    """Run the command and return what it writes to stdout and stderr."""

    def run(*arguments, stdout=None):
        stdout, stderr = stdout or io.StringIO(), io.StringIO()
        call_command("latchkey_token", *arguments, stdout=stdout, stderr=stderr)
        return stdout.getvalue(), stderr.getvalue()

    return run


def create(run, **options):
    options = {"workspace": "acme", "label": "CI", "scope": "team_member", "creator": "ada@acme.example", **options}
    return run("create", *(f"--{name}={value}" for name, value in options.items()))


def test_create_prints_the_token_on_stdout_only(run, acme):
    stdout, stderr = create(run)
    plaintext = stdout.removesuffix("\n")
    assert token_format.parse_key_id(plaintext)
    assert isinstance(authenticate(f"Bearer {plaintext}"), Principal)
    assert AccessToken.objects.get().token_id in stderr
    assert plaintext not in stderr


def test_create_uses_the_operation_and_records_an_event(run, acme, ada):
    create(run, label=" Deploy ", scope="owner", creator="ADA@acme.example")
    token = AccessToken.objects.get()
    assert (token.label, token.scope, token.creator, token.expires_at) == ("Deploy", Role.OWNER, ada, None)
    event = Event.objects.get(event_type=EventType.TOKEN_CREATED)
    assert (event.actor_type, event.actor_name) == (ActorType.COMMAND, "manage.py latchkey_token")
    assert event.subject_id == token.token_id


def test_token_works_until_the_end_of_its_last_day_in_utc(run, acme):
    day = timezone.now().date() + timedelta(days=9)
    create(run, expires=day.isoformat())
    assert AccessToken.objects.get().expires_at == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workspace": "nope"}, "There is no workspace “nope”. Give the slug in its URL."),
        ({"scope": "boss"}, "There is no scope “boss”. Choose one of viewer, team_member, "),
        ({"creator": "eve@acme.example"}, "There is no user with the e-mail “eve@acme.example”."),
        ({"creator": "out@side.example"}, "out@side.example is not a member of acme. Choose a member as the creator."),
        ({"expires": "soon"}, "“soon” is not a date. Write it as YYYY-MM-DD, or “never”."),
        ({"expires": "2020-01-01"}, "This expiry is in the past. Choose a later one."),
        ({"label": " "}, "Enter a label of 1 to 100 characters."),
        ({"label": "x" * 101}, "This label has 101 characters. Use at most 100."),
        ({"scope": "viewer"}, "The scope Viewer is switched off in Acme. Choose another scope."),
    ],
)
def test_invalid_input_is_reported_in_one_line(run, acme, options, message):
    User.objects.create_user("out@side.example")
    set_available_roles(acme, set(Role) - {Role.VIEWER}, by=ACTOR)
    with pytest.raises(CommandError) as error:
        create(run, **options)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    assert error.value.returncode == 1
    assert not AccessToken.objects.exists()


def test_create_enforces_the_maximum_lifetime(run, acme):
    set_expiry_policy(acme, by=ACTOR, max_lifetime_days=30)
    with pytest.raises(CommandError, match=r"need an expiry\. Choose one within 30 days, at the latest "):
        create(run)
    assert create(run, expires=f"{timezone.now() + timedelta(days=30):%Y-%m-%d}")


def test_create_is_rejected_in_a_deleted_workspace(run, acme):
    create(run)
    delete_workspace(acme, by=ACTOR)
    with pytest.raises(CommandError, match="Acme is deleted"):
        create(run)
    assert "Workspace deleted" in run("list", "--workspace=acme")[0]


def test_list_is_tab_separated_and_masked_without_a_terminal(run, acme, ada):
    token, plaintext = operations.create(acme, by=ACTOR, label="CI", scope=Role.VIEWER, expires_at=None, creator=ada)
    operations.disable(token, by=ACTOR)
    stdout, _ = run("list", "--workspace=acme")
    header, line = stdout.splitlines()
    assert header.split("\t")[:3] == ["Label", "Token", "Token ID"]
    cells = line.split("\t")
    assert cells[:5] == ["CI", token.masked, token.token_id, "Viewer", "Disabled"]
    assert cells[6:] == ["Not specified", "Never"]
    assert plaintext[15:30] not in stdout


def test_list_shows_one_workspace_newest_first(run, acme, ada):
    other = create_workspace("Globex", "globex", owner=ada, by=ACTOR)
    for label, workspace in (("Old", acme), ("New", acme), ("Elsewhere", other)):
        operations.create(workspace, by=ACTOR, label=label, scope=Role.VIEWER, expires_at=None, creator=ada)
    stdout, _ = run("list", "--workspace=acme")
    assert [line.split("\t")[0] for line in stdout.splitlines()[1:]] == ["New", "Old"]


def test_list_is_a_table_without_markup_on_a_terminal(run, acme, ada, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    operations.create(acme, by=ACTOR, label="CI [bold]x", scope=Role.VIEWER, expires_at=None, creator=ada)
    run("list", "--workspace=acme", stdout=Terminal())
    shown = capsys.readouterr().out
    assert "Token ID" in shown
    assert "CI [bold]x" in shown
    assert "\t" not in shown


@pytest.mark.parametrize("identifier", ["key_id", "token_id", "plaintext"])
def test_disable_accepts_any_identifier_and_records_an_event(run, acme, ada, identifier):
    token, plaintext = operations.create(acme, by=ACTOR, label="CI", scope=Role.VIEWER, expires_at=None, creator=ada)
    identifiers = {"key_id": token.key_id, "token_id": token.token_id, "plaintext": plaintext}
    stdout, stderr = run("disable", identifiers[identifier])
    assert not isinstance(authenticate(f"Bearer {plaintext}"), Principal)
    assert (stdout, stderr) == ("", f"{token.token_id} is now disabled.\n")
    assert run("disable", token.key_id)[1] == f"{token.token_id} was already disabled.\n"
    assert Event.objects.get(event_type=EventType.TOKEN_DISABLED).actor_type == ActorType.COMMAND


def test_disable_requires_an_exact_identifier(run, acme, ada):
    token, plaintext = operations.create(acme, by=ACTOR, label="CI", scope=Role.VIEWER, expires_at=None, creator=ada)
    for wrong in ("nope", f"bob@acme.example_{token.key_id}", plaintext[:-1], plaintext[:-1] + "!"):
        with pytest.raises(CommandError, match="There is no access token") as error:
            run("disable", wrong)
        assert plaintext[15:30] not in str(error.value)
    token.refresh_from_db()
    assert not token.is_disabled


@pytest.mark.parametrize("verb", ["create", "list", "disable"])
def test_each_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as done:
        call_command("latchkey_token", verb, "--help")
    assert done.value.code == 0
    assert "usage:" in capsys.readouterr().out
