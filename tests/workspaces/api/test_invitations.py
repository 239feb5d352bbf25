import uuid

import pytest
from django.utils import timezone

from tests.factories import InvitationFactory, MembershipFactory, make_token
from workspaces.invitations import links
from workspaces.models import Event, Invitation
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
INVITATIONS = "/api/v1/workspaces/acme/invitations"
ADA = {"email": "Ada@acme.example", "role": "team_member", "message": "Hi"}
KEY = {"Idempotency-Key": "k1"}


@pytest.fixture
def manager(acme):
    return make_token(acme, Role.WORKSPACE_MANAGER)


def test_an_invitation_is_created_read_resent_and_revoked(api, manager, run_tasks, mailoutbox):
    created = api.post(INVITATIONS, manager, ADA)
    assert created.status_code == 201
    made = created.json()
    one = created.headers["Location"]
    assert one == f"{INVITATIONS}/{made['id']}"
    assert {**made, "email": "ada@acme.example", "role": "team_member", "status": "queued"} == made
    assert made["invited_by"] == manager.row.token_id
    run_tasks()
    assert [letter.to for letter in mailoutbox] == [["ada@acme.example"]]
    assert mailoutbox[0].reply_to == []
    assert f"{manager.row.creator_email} invites you" in mailoutbox[0].subject
    sent = api.get(one, manager)
    assert (sent.json()["status"], sent.headers["ETag"]) == ("sent", created.headers["ETag"])
    assert api.get(INVITATIONS, manager).json() == {"items": [sent.json()], "next": None}
    again = api.post(f"{one}/resend", manager)
    assert (again.status_code, again.json()["status"]) == (200, "queued")
    assert api.delete(one, manager, headers={"If-Match": created.headers["ETag"]}).status_code == 412
    revoked = api.delete(one, manager, headers={"If-Match": again.headers["ETag"]})
    assert (revoked.status_code, revoked.content) == (204, b"")
    assert api.get(one, manager).status_code == api.post(f"{one}/resend", manager).status_code == 404
    kinds = list(Event.objects.order_by("pk").values_list("event_type", "actor_name"))
    by = manager.row.token_id
    assert kinds == [("member.invited", by), ("invitation.resent", by), ("invitation.revoked", by)]


def test_no_response_contains_the_signature_of_the_link(api, manager):
    created = api.post(INVITATIONS, manager, ADA)
    signature = links.invitation_url(Invitation.objects.get()).rpartition(".")[2]
    for answer in (created, api.get(INVITATIONS, manager)):
        assert signature not in answer.text


def test_inviting_a_member_or_an_invited_address_is_a_conflict(api, acme, manager):
    MembershipFactory(workspace=acme, user__email="ada@acme.example")
    InvitationFactory(workspace=acme, email="bob@acme.example")
    for email, words in (("ada", "is already a member of Acme"), ("bob", "is already invited")):
        refused = api.post(INVITATIONS, manager, {**ADA, "email": f"{email}@acme.example"})
        assert (refused.status_code, words in refused.json()["detail"]) == (409, True)


def test_inviting_with_a_higher_role_requires_that_scope(api, manager):
    refused = api.post(INVITATIONS, manager, {**ADA, "role": "owner"})
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "owner")
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"email": "nonsense"}, "/email"),
        ({"email": "a\0@acme.example"}, "/email"),
        ({"email": f"{'a' * 250}@acme.example"}, "/email"),
        ({"role": "boss"}, "/role"),
        ({"message": "x" * 501}, "/message"),
        ({"message": "a\0b"}, "/message"),
        ({"link": True}, "/link"),
    ],
)
def test_an_invalid_field_is_reported_with_its_pointer(api, manager, changes, pointer):
    refused = api.post(INVITATIONS, manager, {**ADA, **changes})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_a_repeated_request_returns_the_same_invitation(api, manager):
    one, other = (api.post(INVITATIONS, manager, ADA, headers=KEY) for _ in range(2))
    assert (one.status_code, one.json()) == (other.status_code, other.json())
    assert Invitation.objects.count() == 1
    Invitation.objects.update(accepted_at=timezone.now())
    assert api.post(INVITATIONS, manager, ADA, headers=KEY).status_code == 409


def test_invitations_of_another_workspace_are_not_found(api, manager):
    theirs = InvitationFactory()
    elsewhere = f"/api/v1/workspaces/{theirs.workspace.slug}/invitations"
    for response in (
        api.get(f"{INVITATIONS}/{theirs.pk}", manager),
        api.delete(f"{INVITATIONS}/{theirs.pk}", manager),
        api.post(f"{INVITATIONS}/{theirs.pk}/resend", manager),
        api.get(f"{INVITATIONS}/{uuid.uuid4()}", manager),
        api.get(elsewhere, manager),
        api.post(elsewhere, manager, ADA),
    ):
        assert response.status_code == 404
    theirs.refresh_from_db()
    assert (theirs.version, theirs.revoked_at) == (1, None)
