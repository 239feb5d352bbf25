"""The workspace and tokens that the guides use, and a live server that responds to their requests."""

import os
import subprocess
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import MembershipFactory, ProjectFactory, UserFactory, WorkspaceFactory, make_token
from tests.guides.code_blocks import parse_code_blocks
from workspaces.permissions import Role

COMMAND_TIMEOUT_SECONDS = 60
DAY = timedelta(days=1)


@pytest.fixture
def maya(transactional_db):
    return UserFactory(email="maya@northwind.example")


@pytest.fixture
def northwind(maya):
    workspace = WorkspaceFactory(slug="northwind", name="Northwind")
    MembershipFactory(workspace=workspace, user=maya, role=Role.OWNER)
    return workspace


@pytest.fixture
def tokens(northwind, maya):
    """Return tokens by the environment variable of the guides. `KEY_ID` is the key ID of the last token."""
    midnight = timezone.make_aware(datetime.combine(timezone.now().date(), datetime.min.time()))

    def make(label, scope, days=None):
        expires_at = midnight + days * DAY if days else None
        return make_token(northwind, scope, label=label, creator=maya, expires_at=expires_at)

    return {
        "LATCHKEY_TOKEN": make("Nightly report", Role.TEAM_MEMBER, 90),
        "ADMIN_TOKEN": make("Administration", Role.ADMINISTRATOR),
        "OWNER_TOKEN": make("Governance", Role.OWNER),
        "GIVEN_TOKEN": make("Web shop", Role.TEAM_MEMBER, 180),
        "KEY_ID": make("CI runner", Role.VIEWER, 30),
    }


@pytest.fixture
def projects(northwind):
    """Return more projects than fit on one page."""
    return ProjectFactory.create_batch(101, workspace=northwind)


@pytest.fixture
def read_code_blocks(northwind, maya, live_server, settings):
    """Return a function that reads the code blocks of a guide as Maya sees them in her workspace."""
    settings.PUBLIC_URL = live_server.url
    client = Client()
    client.force_login(maya)
    return lambda name: parse_code_blocks(client.get(f"/workspace/northwind/help/{name}").text)


@pytest.fixture
def run(tokens, tmp_path):
    """Return a function that runs a command with the environment variables that the guides use."""

    def run(*command, text=None, **variables):
        secrets = {name: token.plaintext for name, token in tokens.items()}
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "CURL_HOME": str(tmp_path),
            **secrets,
            "KEY_ID": tokens["KEY_ID"].row.key_id,
            **variables,
        }
        return subprocess.run(
            command,
            input=text,
            cwd=tmp_path,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
        )

    return run
