import pytest

from access_tokens.models import AccessToken
from tests.factories import MembershipFactory, UserFactory, all_roles_except, make_token
from workspaces.models import Event, Membership
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
MEMBERS = "/api/v1/workspaces/acme/members"


@pytest.fixture
def ada(acme):
    return MembershipFactory(workspace=acme, user=UserFactory(email="ada@acme.example", name="Ada"), role=Role.VIEWER)


def one(member):
    return f"{MEMBERS}/{member.user.email}"


def test_members_are_listed_newest_first(api, acme, ada):
    bob = MembershipFactory(workspace=acme, role=Role.OWNER)
    MembershipFactory()
    caller = make_token(acme)
    listed = api.get(MEMBERS, caller).json()
    assert [item["email"] for item in listed["items"]] == [bob.user.email, "ada@acme.example"]
    assert listed["next"] is None
    joined = f"{ada.joined_at:%Y-%m-%dT%H:%M:%SZ}"
    assert listed["items"][1] == {
        "email": "ada@acme.example",
        "name": "Ada",
        "role": "viewer",
        "joined_at": joined,
        "active": True,
    }
    first = api.get(MEMBERS, caller, data={"limit": 1}).json()
    second = api.get(MEMBERS, caller, data={"limit": 1, "cursor": first["next"]}).json()
    assert first["items"] + second["items"] == listed["items"]
    assert api.get(one(ada).upper().replace("/API/V1/WORKSPACES/ACME/MEMBERS", MEMBERS), caller).json()["name"] == "Ada"


def test_changing_a_role_and_removing_a_member_record_events(api, acme, ada):
    manager = make_token(acme, Role.WORKSPACE_MANAGER)
    make_token(acme, creator=ada.user)
    changed = api.patch(one(ada), manager, {"role": "team_member"})
    assert (changed.status_code, changed.json()["role"]) == (200, "team_member")
    removed = api.delete(one(ada), manager)
    assert (removed.status_code, removed.content) == (204, b"")
    assert not Membership.objects.exists()
    assert AccessToken.objects.count() == 2
    told = Event.objects.order_by("pk").values_list("event_type", "actor_name", "changes")
    assert list(told) == [
        ("member.role_changed", manager.row.token_id, {"role": ["viewer", "team_member"]}),
        ("member.removed", manager.row.token_id, {"role": ["team_member", None]}),
    ]


@pytest.mark.parametrize("role", ["workspace_manager", "administrator", "owner"])
def test_a_role_above_the_scope_cannot_be_granted(api, acme, ada, role):
    manager = make_token(acme, Role.WORKSPACE_MANAGER)
    response = api.patch(one(ada), manager, {"role": role})
    assert response.status_code == (200 if role == "workspace_manager" else 403)


@pytest.mark.parametrize("role", [Role.WORKSPACE_MANAGER, Role.ADMINISTRATOR, Role.OWNER])
def test_members_whose_role_is_not_below_the_scope_cannot_be_changed(api, acme, role):
    manager, member = make_token(acme, Role.WORKSPACE_MANAGER), MembershipFactory(workspace=acme, role=role)
    for response in (api.patch(one(member), manager, {"role": "viewer"}), api.delete(one(member), manager)):
        assert response.status_code == 403
    assert Membership.objects.get().role == role
    assert not Event.objects.exists()


def test_the_last_owner_cannot_be_changed_or_removed(api, acme):
    owner = MembershipFactory(workspace=acme, role=Role.OWNER)
    caller = make_token(acme, Role.OWNER)
    for response in (api.patch(one(owner), caller, {"role": "viewer"}), api.delete(one(owner), caller)):
        assert response.status_code == 409
        assert "is the last Owner of Acme" in response.json()["detail"]
    assert Membership.objects.get().role == Role.OWNER


def test_an_unavailable_role_cannot_be_granted(api, acme, ada):
    acme.available_roles = all_roles_except(Role.TEAM_MEMBER)
    acme.save()
    response = api.patch(one(ada), make_token(acme, Role.OWNER), {"role": "team_member"})
    assert response.status_code == 409
    assert "switched off" in response.json()["detail"]


@pytest.mark.parametrize("email", ["nobody@acme.example", "x", "a%00b", "x" * 10_000, ".."])
def test_an_email_that_is_not_a_members_is_not_found(api, acme, email):
    elsewhere = MembershipFactory()
    caller = make_token(acme, Role.OWNER)
    for path in (f"{MEMBERS}/{email}", one(elsewhere)):
        assert api.get(path, caller).status_code == 404
        assert api.patch(path, caller, {"role": "viewer"}).status_code == 404
        assert api.delete(path, caller).status_code == 404
    assert Membership.objects.count() == 1


@pytest.mark.parametrize("body", [{}, {"role": "boss"}, {"role": None}, {"role": 1}, {"role": "viewer", "name": "x"}])
def test_an_invalid_body_is_rejected(api, acme, ada, body):
    assert api.patch(one(ada), make_token(acme, Role.OWNER), body).status_code == 422
    assert not Event.objects.exists()
