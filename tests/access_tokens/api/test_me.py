from datetime import UTC, datetime

import pytest

from tests.factories import UserFactory, WorkspaceFactory, make_token
from tests.roles import EACH_ROLE
from workspaces.permissions import Permission, Role, permissions_of

pytestmark = pytest.mark.django_db


def test_it_tells_the_token_its_workspace_and_its_permissions(api):
    workspace = WorkspaceFactory(slug="acme", name="Acme")
    token, plaintext = make_token(
        workspace,
        Role.TEAM_MEMBER,
        label="CI",
        creator=UserFactory(email="ada@acme.example"),
        created_at=datetime(2026, 11, 24, 9, 30, 15, 999999, tzinfo=UTC),
        expires_at=datetime(2199, 1, 31, 23, 59, 59, tzinfo=UTC),
    )
    response = api.get("/api/v1/me", plaintext)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.json() == {
        "token": {
            "id": f"ada@acme.example_{token.key_id}",
            "key_id": token.key_id,
            "label": "CI",
            "scope": "team_member",
            "status": "active",
            "masked": plaintext[:10] + "…",
            "created_at": "2026-11-24T09:30:15Z",
            "created_by": "ada@acme.example",
            "expires_at": "2199-01-31T23:59:59Z",
            "last_used_at": None,
            "parent": None,
            "rotation": None,
        },
        "workspace": {"slug": "acme", "name": "Acme"},
        "permissions": ["view_workspace", "manage_self", "edit_projects"],
    }


@EACH_ROLE
def test_the_permissions_are_those_of_its_scope(api, role):
    told = api.get("/api/v1/me", make_token(scope=role)).json()["permissions"]
    assert told == permissions_of(role)
    assert len(permissions_of(Role.OWNER)) == len(Permission)


def test_it_holds_no_secret(api):
    token = make_token()
    assert token.secret not in api.get("/api/v1/me", token).text


def test_a_child_names_its_parent(api):
    parent = make_token()
    child = make_token(parent.row.workspace, parent=parent.row)
    assert api.get("/api/v1/me", child).json()["token"]["parent"] == parent.row.key_id
