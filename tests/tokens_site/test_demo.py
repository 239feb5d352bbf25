"""`manage.py demo`, step by step. tests/browser/test_demo.py starts and stops it for real."""

import io
import json
import os
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from access_tokens.models import AccessToken
from tokens_site.management.commands import demo

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def restarted(monkeypatch):
    """The environments with which the command restarted itself."""
    environments = []
    monkeypatch.setattr(os, "execve", lambda path, arguments, environment: environments.append(environment))
    return environments


def test_the_second_start_keeps_the_data_of_the_first(tmp_path, capsys):
    facts = demo.load_sample_data(tmp_path, url=URL, additional_tokens=0)
    file = tmp_path / "demo.json"
    assert json.loads(file.read_text()) == facts
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = demo.load_sample_data(tmp_path, url="http://127.0.0.1:9000", additional_tokens=3)
    assert again == {**facts, "url": "http://127.0.0.1:9000"}
    assert "Creating tokens" in capsys.readouterr().err
    number = AccessToken.objects.count()
    demo.load_sample_data(tmp_path, url=URL, additional_tokens=0)
    assert AccessToken.objects.count() == number


def test_the_summary_has_plain_lines_when_it_is_not_on_a_terminal(tmp_path, capsys):
    facts = demo.load_sample_data(tmp_path, url=URL, additional_tokens=0)
    demo.print_summary(facts, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    for scope, token in facts["tokens"].items():
        assert f"{scope} {token}" in lines
    assert f"curl -H 'Authorization: Bearer {facts['tokens']['viewer']}' {URL}/api/v1/me" in lines
    assert "\x1b" not in "".join(lines)


def test_keys_are_kept_until_a_reset_deletes_the_demos_files(tmp_path, restarted):
    folder = tmp_path / "data"
    for reset in (False, False, True):
        demo.restart_configured(folder, url=URL, reset=reset)
        (folder / "demo.json").touch()
        (folder / "static").mkdir(exist_ok=True)
        (folder / "mine.txt").touch()
    first, second, third = (environment["TOKEN_PEPPERS"] for environment in restarted)
    assert first == second != third
    assert restarted[0]["DATABASE_URL"] == f"sqlite:///{folder / 'latchkey.sqlite3'}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "mine.txt").exists()


def test_a_folder_that_cannot_be_used_is_reported(tmp_path, restarted):
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="Choose another folder with --data"):
        demo.restart_configured(tmp_path / "file", url=URL, reset=False)
    assert restarted == []


def test_a_database_of_another_installation_is_left_alone(tmp_path, restarted):
    database = tmp_path / "latchkey.sqlite3"
    database.write_text("not the demo's")
    with pytest.raises(CommandError, match="that the demo did not create"):
        demo.restart_configured(tmp_path, url=URL, reset=True)
    assert (restarted, database.read_text()) == ([], "not the demo's")


@pytest.mark.parametrize(
    ("options", "message"), [(["--tokens=-1"], "must be 0 or more"), (["--bind=nonsense"], "HOST:PORT")]
)
def test_invalid_options_are_reported_before_anything_happens(options, message, tmp_path, restarted):
    with pytest.raises(CommandError, match=message):
        call_command("demo", f"--data={tmp_path / 'data'}", *options, stdout=io.StringIO())
    assert restarted == []
    assert not Path(tmp_path / "data").exists()


def test_after_the_restart_it_prepares_and_serves(tmp_path, monkeypatch, restarted):
    steps = []
    monkeypatch.setattr(demo, "require_free_address", lambda host, port: steps.append("free"))
    monkeypatch.setattr(demo, "prepare", lambda: steps.append("prepared"))
    monkeypatch.setattr(demo, "run", lambda host, port, **options: steps.append(f"{host}:{port}"))
    monkeypatch.setenv(demo.CONFIGURED_VARIABLE, "1")
    call_command("demo", f"--data={tmp_path}", "--bind=127.0.0.1:9001", stdout=io.StringIO())
    assert steps == ["free", "prepared", "127.0.0.1:9001"]
    assert restarted == []
