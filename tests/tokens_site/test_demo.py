"""`manage.py demo`, step by step. How it starts and ends for good is tested beside the browser's tests."""

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
    """What the command would become: the environments of its second starts."""
    environments = []
    monkeypatch.setattr(os, "execve", lambda path, arguments, environment: environments.append(environment))
    return environments


def test_the_first_data_is_made_and_the_second_start_takes_it_up(tmp_path, capsys):
    facts = demo.load(tmp_path, url=URL, more_tokens=0)
    file = tmp_path / "demo.json"
    assert json.loads(file.read_text()) == facts
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = demo.load(tmp_path, url="http://127.0.0.1:9000", more_tokens=3)
    assert again == {**facts, "url": "http://127.0.0.1:9000"}
    assert "Making tokens" in capsys.readouterr().err
    number = AccessToken.objects.count()
    demo.load(tmp_path, url=URL, more_tokens=0)
    assert AccessToken.objects.count() == number


def test_it_tells_how_to_get_in_in_plain_lines(tmp_path, capsys):
    facts = demo.load(tmp_path, url=URL, more_tokens=0)
    demo.announce(facts, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    for scope, token in facts["tokens"].items():
        assert f"{scope} {token}" in lines
    assert f"curl -H 'Authorization: Bearer {facts['tokens']['viewer']}' {URL}/api/v1/me" in lines
    assert "\x1b" not in "".join(lines)


def test_keys_are_kept_and_a_reset_throws_all_of_ours_away(tmp_path, restarted):
    folder = tmp_path / "data"
    for reset in (False, False, True):
        demo.start_over(folder, url=URL, reset=reset)
        (folder / "demo.json").touch()
        (folder / "static").mkdir(exist_ok=True)
        (folder / "mine.txt").touch()
    first, second, third = (environment["TOKEN_PEPPERS"] for environment in restarted)
    assert first == second != third
    assert restarted[0]["DATABASE_URL"] == f"sqlite:///{folder / 'latchkey.sqlite3'}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "mine.txt").exists()


def test_a_folder_that_can_not_be_used_is_said(tmp_path, restarted):
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="Choose another one with --data"):
        demo.start_over(tmp_path / "file", url=URL, reset=False)
    assert restarted == []


@pytest.mark.parametrize(
    ("options", "words"), [(["--tokens=-1"], "a number from 0 on"), (["--bind=nonsense"], "HOST:PORT")]
)
def test_nonsense_is_told_before_anything_happens(options, words, tmp_path, restarted):
    with pytest.raises(CommandError, match=words):
        call_command("demo", f"--data={tmp_path / 'data'}", *options, stdout=io.StringIO())
    assert restarted == []
    assert not Path(tmp_path / "data").exists()


def test_it_starts_again_with_its_own_settings_then_serves(tmp_path, monkeypatch, restarted):
    steps = []
    monkeypatch.setattr(demo, "require_free", lambda host, port: steps.append("free"))
    monkeypatch.setattr(demo, "prepare", lambda: steps.append("prepared"))
    monkeypatch.setattr(demo, "run", lambda host, port, **options: steps.append(f"{host}:{port}"))
    monkeypatch.setenv(demo.IS_SET_UP, "1")
    call_command("demo", f"--data={tmp_path}", "--bind=127.0.0.1:9001", stdout=io.StringIO())
    assert steps == ["free", "prepared", "127.0.0.1:9001"]
    assert restarted == []
