"""`manage.py` with valid and invalid environment variables."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment.production import ROOT, production

pytestmark = pytest.mark.same_on_each_database

PATIENCE = 120
"""Timeout for a command that normally ends in one or two seconds."""
KEYS = ("SECRET_KEY", "TOKEN_PEPPERS", "TOKEN_ENCRYPTION_KEYS")


@pytest.fixture
def environment(tmp_path):
    return production(tmp_path)


def run(environment, *command):
    options = {"cwd": ROOT, "env": environment, "capture_output": True, "text": True, "timeout": PATIENCE}
    return subprocess.run([sys.executable, *command], check=False, **options)


def manage(environment, *arguments):
    return run(environment, "manage.py", *arguments)


def test_deployment_check_finds_nothing(environment):
    done = manage(environment, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize("missing", [{"TOKEN_PEPPERS"}, set(KEYS)], ids=["one", "all"])
def test_missing_key_is_named_with_the_command_that_generates_one(environment, missing):
    done = manage({name: value for name, value in environment.items() if name not in missing}, "check")
    assert done.returncode != 0
    assert "SystemCheckError" in done.stderr
    assert "Traceback" not in done.stderr
    for name in KEYS:
        assert (f"The environment variable {name} is not set." in done.stderr) == (name in missing)
    assert done.stderr.count("Generate a value: python -c") == len(missing)


def test_malformed_keys_are_named_and_not_repeated(environment):
    names = ("TOKEN_PEPPERS", "TOKEN_ENCRYPTION_KEYS")
    done = manage({**environment, **dict.fromkeys(names, "k1:too-short-a-key")}, "check")
    assert done.returncode != 0
    for name in names:
        assert f"The environment variable {name} is invalid. Key “k1” is not 32 bytes" in done.stderr
    assert "too-short" not in done.stdout + done.stderr


def test_limits_that_are_not_numbers_are_named(environment):
    done = manage({**environment, "RATE_LIMIT": "0", "FAILURE_LIMIT": "many"}, "check")
    assert done.returncode != 0
    for name in ("RATE_LIMIT", "FAILURE_LIMIT"):
        assert f"Set {name} to a whole number of requests per minute" in done.stderr
    assert "Traceback" not in done.stderr


def test_default_limit_above_the_ceiling_is_reported(environment):
    done = manage({**environment, "RATE_LIMIT": "7000"}, "check")
    assert done.returncode != 0
    assert "RATE_LIMIT is above RATE_LIMIT_CEILING" in done.stderr


def test_invalid_event_retention_is_reported_before_events_are_deleted(environment):
    done = manage({**environment, "EVENT_RETENTION_DAYS": "-5"}, "daily")
    assert done.returncode != 0
    assert "Set EVENT_RETENTION_DAYS to a whole number of days" in done.stderr


def test_server_does_not_start_without_its_keys(environment):
    del environment["TOKEN_ENCRYPTION_KEYS"]
    for command in (("manage.py", "serve", "--bind", "127.0.0.1:1"), ("-c", "import tokens_site.wsgi")):
        done = run(environment, *command)
        assert done.returncode != 0
        assert "The environment variable TOKEN_ENCRYPTION_KEYS is not set." in done.stdout + done.stderr
        assert not (Path(environment["STATIC_ROOT"])).exists()


def test_suggested_command_generates_a_valid_key(environment):
    from access_tokens.checks import MAKE_KEY
    from access_tokens.token_crypto import parse_key_ring

    code = MAKE_KEY.partition("'")[2].rstrip("'")
    assert list(parse_key_ring(run(environment, "-c", code).stdout.strip())) == ["k1"]
