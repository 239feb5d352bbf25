"""What the guides speak of: Northwind, its tokens, and its pages of help on the live server."""

import os
import subprocess
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import MembershipFactory, ProjectFactory, UserFactory, WorkspaceFactory, make_token
from tests.guides.pages import code_of
from workspaces.permissions import Role

PATIENCE = 60
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
    """By the name of the variable that holds them in the guides. `KEY_ID` is that of the last one."""
    midnight = timezone.make_aware(datetime.combine(timezone.now().date(), datetime.min.time()))

    def make(label, scope, days=None):
        end = midnight + days * DAY if days else None
        return make_token(northwind, scope, label=label, creator=maya, expires_at=end)

    return {
        "LATCHKEY_TOKEN": make("Nightly report", Role.TEAM_MEMBER, 90),
        "ADMIN_TOKEN": make("Administration", Role.ADMINISTRATOR),
        "OWNER_TOKEN": make("Governance", Role.OWNER),
        "GIVEN_TOKEN": make("Web shop", Role.TEAM_MEMBER, 180),
        "KEY_ID": make("CI runner", Role.VIEWER, 30),
    }


@pytest.fixture
def projects(northwind):
    """More than one page of them."""
    return ProjectFactory.create_batch(101, workspace=northwind)


@pytest.fixture
def read(northwind, maya, live_server, settings):
    """The code of a guide, as Maya sees it in her workspace."""
    settings.PUBLIC_URL = live_server.url
    client = Client()
    client.force_login(maya)
    return lambda name: code_of(client.get(f"/workspace/northwind/help/{name}").text)


@pytest.fixture
def run(tokens, tmp_path):
    """Run a command as its reader would, with the variables of the guides."""

    def run(*command, text=None, **variables):
        told = {name: token.plaintext for name, token in tokens.items()} | {"KEY_ID": tokens["KEY_ID"].row.key_id}
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "CURL_HOME": str(tmp_path),
            **told,
            **variables,
        }
        options = {"capture_output": True, "text": True, "timeout": PATIENCE, "cwd": tmp_path, "env": environment}
        return subprocess.run(command, input=text, check=False, **options)

    return run
