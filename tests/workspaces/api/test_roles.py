import pytest

from tests.factories import MembershipFactory, make_token
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
ROLES = "/api/v1/workspaces/acme/roles"
ALL = ["viewer", "team_member", "workspace_manager", "administrator", "owner"]


def available(page):
    return [item["role"] for item in page["items"] if item["available"]]


def test_roles_are_listed_with_their_members_and_tokens(api, acme):
    MembershipFactory(workspace=acme, role=Role.OWNER)
    viewer = make_token(acme)
    page = api.get(ROLES, viewer).json()
    assert (available(page), page["next"]) == (ALL, None)
    assert page["items"][0] == {
        "role": "viewer",
        "label": "Viewer",
        "description": "Read-only access",
        "available": True,
        "members": 0,
        "tokens": 1,
    }
    assert page["items"][-1]["members"] == 1


def test_tokens_are_rejected_while_their_scope_is_unavailable(api, acme):
    owner, writer = make_token(acme, Role.OWNER), make_token(acme, Role.TEAM_MEMBER)
    without = [name for name in ALL if name != "team_member"]
    changed = api.put(ROLES, owner, {"available": without})
    assert (changed.status_code, available(changed.json())) == (200, without)
    assert api.get("/api/v1/me", writer).status_code == 401
    assert available(api.put(ROLES, owner, {"available": ALL}).json()) == ALL
    assert api.get("/api/v1/me", writer).status_code == 200
    assert Event.objects.filter(event_type="workspace.roles_changed", actor_type="token").count() == 2


def test_owner_and_roles_of_members_cannot_be_switched_off(api, acme):
    MembershipFactory(workspace=acme, role=Role.VIEWER)
    owner = make_token(acme, Role.OWNER)
    for chosen, words in ((["viewer"], "Owner can't be switched off"), (["owner"], "1 member has the role Viewer")):
        response = api.put(ROLES, owner, {"available": chosen})
        assert response.status_code == 409
        assert words in response.json()["detail"]
    assert available(api.get(ROLES, owner).json()) == ALL


@pytest.mark.parametrize("body", [{}, {"available": "viewer"}, {"available": ["boss"]}, {"available": None}, {"x": []}])
def test_an_invalid_body_is_rejected(api, acme, body):
    assert api.put(ROLES, make_token(acme, Role.OWNER), body).status_code == 422
    assert not Event.objects.exists()
