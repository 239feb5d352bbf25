"""A client that openapi-python-client generates from the committed document works as it is."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from access_tokens.models import AccessToken
from tests.contract.document import COPY
from tests.factories import WorkspaceFactory, make_token
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database


@pytest.fixture
def generated(tmp_path, monkeypatch):
    """The package of the generated client."""
    program = Path(sys.executable).with_name("openapi-python-client")
    command = [program, "generate", "--path", COPY, "--output-path", tmp_path / "latchkey_client", "--meta", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "may be missing" not in done.stdout.replace("ruff is not in PATH", ""), done.stdout
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("latchkey_client")
    for name in [name for name in sys.modules if name.startswith("latchkey_client")]:
        del sys.modules[name]


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_creates_lists_and_disables_a_token(generated, live_server):
    owner = make_token(WorkspaceFactory(slug="northwind"), Role.OWNER)
    api, models = "latchkey_client.api.access_tokens", importlib.import_module("latchkey_client.models")
    create, listing, disable = (
        importlib.import_module(f"{api}.{name}_access_token{'s' if name == 'list' else ''}")
        for name in ("create", "list", "disable")
    )
    client = generated.AuthenticatedClient(base_url=live_server.url, token=owner.plaintext)
    body = models.TokenIn(label="IssuedToken by a generated client", scope=models.RoleName("viewer"))
    made = create.sync(slug="northwind", client=client, body=body)
    assert made.token.startswith("lkey_")
    listed = listing.sync(
        slug="northwind", client=client, q="generated", sort=models.ListAccessTokensSort("-created_at")
    )
    assert [item.key_id for item in listed.items] == [made.key_id]
    disabled = disable.sync(slug="northwind", key_id=made.key_id, client=client)
    assert disabled.status == "disabled"
    assert AccessToken.objects.get(key_id=made.key_id).is_disabled
