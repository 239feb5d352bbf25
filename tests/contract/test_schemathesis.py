"""schemathesis against a live server: every check, in parts that each end well before the limit for hung tests."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import WorkspaceFactory, make_token
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
UNLIMITED = 1_000_000
COMMAND = (
    *("schemathesis", "--config-file", str(HERE / "schemathesis.toml"), "run", "{server}/api/v1/openapi.json"),
    *("--url", "{server}", "--checks", "all", "--max-examples", "6", "--seed", "20261124"),
    *("--continue-on-failure", "--no-color"),
)
TAGS = ("me", "workspaces", "members", "invitations", "roles", "access tokens", "projects", "events", "services")
PARTS = {
    "examples": (("--phases", "examples"), 20),
    **{tag: (("--phases", "coverage,fuzzing", "--include-tag", tag), 40) for tag in TAGS},
    "sequences of requests": (("--phases", "stateful"), 10),
}
"""The options of each part, and how many cases it generates at least."""


def test_every_tag_is_covered(api):
    operations = api.get("/api/v1/openapi.json").json()["paths"].values()
    assert {tag for methods in operations for one in methods.values() for tag in one["tags"]} == set(TAGS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", PARTS)
def test_responses_match_the_document(live_server, settings, part):
    settings.RATE_LIMIT = settings.RATE_LIMIT_CEILING = settings.FAILURE_LIMIT = UNLIMITED
    options, min_cases = PARTS[part]
    workspace = WorkspaceFactory(slug="northwind")
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.contract.hooks",
        "PYTHONPATH": str(ROOT),
        "LATCHKEY_SERVER": live_server.url,
        "LATCHKEY_MASTER_TOKEN": make_token(workspace, Role.OWNER).plaintext,
        "LATCHKEY_WORKSPACE": workspace.slug,
    }
    program = shutil.which(COMMAND[0], path=str(Path(sys.executable).parent))
    assert program, "schemathesis is not installed. Run the tests with “uv run python -m tests”."
    command = [program, *(argument.format(server=live_server.url) for argument in COMMAND[1:]), *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases, done.stdout
    assert int(cases[1]) == int(cases[2]) >= min_cases, done.stdout
