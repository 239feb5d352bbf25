"""schemathesis, all of its checks and the links too, against a live server."""

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
ENOUGH = 1000
MANY = 1_000_000
COMMAND = (
    *("schemathesis", "--config-file", str(HERE / "schemathesis.toml"), "run", "{server}/api/v1/openapi.json"),
    *("--url", "{server}", "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"),
    *("--max-examples", "6", "--seed", "20261124", "--continue-on-failure", "--no-color"),
)


@pytest.mark.django_db(transaction=True)
def test_it_finds_nothing(live_server, settings):
    settings.RATE_LIMIT = settings.RATE_LIMIT_CEILING = settings.FAILURE_LIMIT = MANY
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
    assert program, "schemathesis is not installed: run this by “uv run python -m tests”."
    command = [program, *(part.format(server=live_server.url) for part in COMMAND[1:])]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases, done.stdout
    assert int(cases[1]) == int(cases[2]) >= ENOUGH
