import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access_tokens import operations, token_format
from access_tokens.authentication.bearer import Principal, authenticate
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

BY = Actor.command("tests")

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
    return create_workspace("Acme", "acme", owner=ada, by=BY)


@pytest.fixture
def run():
    """Runs the command. Returns what it wrote to stdout and to stderr."""

    def run(*arguments, stdout=None):
        stdout, stderr = stdout or io.StringIO(), io.StringIO()
        call_command("latchkey_token", *arguments, stdout=stdout, stderr=stderr)
        return stdout.getvalue(), stderr.getvalue()

    return run


def create(run, **options):
    options = {"workspace": "acme", "label": "CI", "scope": "team_member", "creator": "ada@acme.example", **options}
    return run("create", *(f"--{name}={value}" for name, value in options.items()))


def test_create_prints_the_token_on_stdout_alone(run, acme):
    stdout, stderr = create(run)
    plaintext = stdout.removesuffix("\n")
    assert token_format.parse_key_id(plaintext)
    assert isinstance(authenticate(f"Bearer {plaintext}"), Principal)
    assert AccessToken.objects.get().token_id in stderr
    assert plaintext not in stderr


def test_create_takes_the_path_of_the_console_with_an_event(run, acme, ada):
    create(run, label=" Deploy ", scope="owner", creator="ADA@acme.example")
    token = AccessToken.objects.get()
    assert (token.label, token.scope, token.creator, token.expires_at) == ("Deploy", Role.OWNER, ada, None)
    event = Event.objects.get(event_type=EventType.TOKEN_CREATED)
    assert (event.actor_type, event.actor_name) == (ActorType.COMMAND, "manage.py latchkey_token")
    assert event.subject_id == token.token_id


def test_an_expiry_is_the_end_of_that_day_in_utc(run, acme):
    day = timezone.now().date() + timedelta(days=9)
    create(run, expires=day.isoformat())
    assert AccessToken.objects.get().expires_at == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workspace": "nope"}, "There is no workspace “nope”."),
        ({"scope": "boss"}, "There is no scope “boss”. Use one of viewer, team_member, "),
        ({"creator": "eve@acme.example"}, "There is no user with the e-mail “eve@acme.example”."),
        ({"creator": "out@side.example"}, "out@side.example is no member of acme. Name a member as the creator."),
        ({"expires": "soon"}, "“soon” is no date. Use YYYY-MM-DD, or never."),
        ({"expires": "2020-01-01"}, "The expiry lies in the past. Choose a later one."),
        ({"label": " "}, "Enter a label of 1 to 100 characters."),
        ({"label": "x" * 101}, "This label has 101 characters. Use at most 100."),
        ({"scope": "viewer"}, "The scope Viewer is switched off in Acme. Choose another one."),
    ],
)
def test_bad_input_is_one_clear_line_and_makes_nothing(run, acme, options, words):
    User.objects.create_user("out@side.example")
    set_available_roles(acme, set(Role) - {Role.VIEWER}, by=BY)
    with pytest.raises(CommandError) as error:
        create(run, **options)
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)
    assert error.value.returncode == 1
    assert not AccessToken.objects.exists()


def test_it_keeps_to_the_workspaces_longest_lifetime(run, acme):
    set_expiry_policy(acme, by=BY, max_lifetime_days=30)
    with pytest.raises(CommandError, match=r"needs an expiry\. Choose one within 30 days: until "):
        create(run)
    assert create(run, expires=f"{timezone.now() + timedelta(days=30):%Y-%m-%d}")


def test_nothing_is_made_in_a_workspace_that_is_deleted(run, acme):
    create(run)
    delete_workspace(acme, by=BY)
    with pytest.raises(CommandError, match="Acme is deleted"):
        create(run)
    assert "Workspace deleted" in run("list", "--workspace=acme")[0]


def test_list_is_plain_for_pipes_and_masked(run, acme, ada):
    token, plaintext = operations.create(acme, by=BY, label="CI", scope=Role.VIEWER, expires_at=None, creator=ada)
    operations.disable(token, by=BY)
    stdout, _ = run("list", "--workspace=acme")
    header, line = stdout.splitlines()
    assert header.split("\t")[:3] == ["Label", "Token", "Token ID"]
    cells = line.split("\t")
    assert cells[:5] == ["CI", token.masked, token.token_id, "Viewer", "Disabled"]
    assert cells[6:] == ["Not specified", "Never"]
    assert plaintext[15:30] not in stdout


def test_list_shows_this_workspace_alone_newest_first(run, acme, ada):
    other = create_workspace("Globex", "globex", owner=ada, by=BY)
    for label, workspace in (("Old", acme), ("New", acme), ("Elsewhere", other)):
        operations.create(workspace, by=BY, label=label, scope=Role.VIEWER, expires_at=None, creator=ada)
    stdout, _ = run("list", "--workspace=acme")
    assert [line.split("\t")[0] for line in stdout.splitlines()[1:]] == ["New", "Old"]


def test_list_is_a_table_on_a_terminal_which_takes_labels_as_they_are(run, acme, ada, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    operations.create(acme, by=BY, label="CI [bold]x", scope=Role.VIEWER, expires_at=None, creator=ada)
    run("list", "--workspace=acme", stdout=Terminal())
    shown = capsys.readouterr().out
    assert "Token ID" in shown
    assert "CI [bold]x" in shown
    assert "\t" not in shown


@pytest.mark.parametrize("named_by", ["key_id", "token_id", "plaintext"])
def test_disable_stops_a_token_with_an_event(run, acme, ada, named_by):
    token, plaintext = operations.create(acme, by=BY, label="CI", scope=Role.VIEWER, expires_at=None, creator=ada)
    names = {"key_id": token.key_id, "token_id": token.token_id, "plaintext": plaintext}
    stdout, stderr = run("disable", names[named_by])
    assert not isinstance(authenticate(f"Bearer {plaintext}"), Principal)
    assert (stdout, stderr) == ("", f"{token.token_id} is disabled.\n")
    assert run("disable", token.key_id)[1] == f"{token.token_id} was disabled already.\n"
    assert Event.objects.get(event_type=EventType.TOKEN_DISABLED).actor_type == ActorType.COMMAND


def test_disable_does_not_guess(run, acme, ada):
    token, plaintext = operations.create(acme, by=BY, label="CI", scope=Role.VIEWER, expires_at=None, creator=ada)
    for wrong in ("nope", f"bob@acme.example_{token.key_id}", plaintext[:-1], plaintext[:-1] + "!"):
        with pytest.raises(CommandError, match="There is no access token") as error:
            run("disable", wrong)
        assert plaintext[15:30] not in str(error.value)
    token.refresh_from_db()
    assert not token.is_disabled


@pytest.mark.parametrize("verb", ["create", "list", "disable"])
def test_its_help_explains_each_verb(verb, capsys):
    with pytest.raises(SystemExit) as done:
        call_command("latchkey_token", verb, "--help")
    assert done.value.code == 0
    assert "usage:" in capsys.readouterr().out
