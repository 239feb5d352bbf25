import pytest
from django.core.exceptions import ValidationError

from tests.factories import UserFactory, member_actor
from tests.roles import EACH_ROLE
from tests.workspaces.operations.common import BY, member, recorded_events
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType
from workspaces.models import Event, Membership, UsedSlug, Workspace
from workspaces.operations import add_member, create_workspace, remove_member, set_available_roles
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db


def test_new_workspace_has_one_owner_and_two_events():
    ada = UserFactory(email="ada@acme.example")
    workspace = create_workspace(" Acme ", "acme", owner=ada, by=BY)
    assert (workspace.name, workspace.slug, workspace.roles) == ("Acme", "acme", list(Role))
    assert Membership.objects.get().role == Role.OWNER
    assert recorded_events() == [
        (EventType.WORKSPACE_CREATED, "acme", {}),
        (EventType.MEMBER_ADDED, "ada@acme.example", {"role": [None, "owner"]}),
    ]


def test_slug_is_not_reused_after_the_workspace_is_deleted():
    create_workspace("Acme", "acme", owner=UserFactory(), by=BY)
    for _ in range(2):
        with pytest.raises(ValidationError, match="is or was in use") as error:
            create_workspace("Other", "acme", owner=UserFactory(), by=BY)
        assert list(error.value.message_dict) == ["slug"]
        Workspace.objects.all().delete()
    assert UsedSlug.objects.get().slug == "acme"


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a b", "a/b", "a.b", "é", "a" * 51, "a\n", "a\0", ".."])
def test_malformed_slug_is_rejected(slug):
    with pytest.raises(ValidationError) as error:
        create_workspace("Acme", slug, owner=UserFactory(), by=BY)
    assert list(error.value.message_dict) == ["slug"]
    assert not UsedSlug.objects.exists()


@pytest.mark.parametrize("slug", ["a", "0", "a-b", "a--b", "a" * 50])
def test_slug_of_lowercase_letters_digits_and_hyphens_is_accepted(slug):
    assert create_workspace("Acme", slug, owner=UserFactory(), by=BY).slug == slug


def test_rejected_name_does_not_use_up_the_slug():
    with pytest.raises(ValidationError):
        create_workspace("", "acme", owner=UserFactory(), by=BY)
    assert create_workspace("Acme", "acme", owner=UserFactory(), by=BY)


@pytest.mark.parametrize("slug", ["api", "admin", "workspaces", "new"])
def test_reserved_slug_is_rejected(slug):
    with pytest.raises(ValidationError, match="is reserved") as error:
        create_workspace("Acme", slug, owner=UserFactory(), by=BY)
    assert list(error.value.message_dict) == ["slug"]
    assert not UsedSlug.objects.exists()


def user_actor(rf, user):
    request = rf.get("/", REMOTE_ADDR="192.0.2.7")
    request.user = user
    return Actor.for_user(request)


def test_user_creates_a_workspace_and_becomes_its_owner(rf):
    ada = UserFactory()
    workspace = create_workspace("Acme", "acme", owner=ada, by=user_actor(rf, ada))
    assert workspace.memberships.get().role == Role.OWNER
    actors = Event.objects.values_list("actor_type", "actor_name", "ip_address").distinct().order_by()
    assert list(actors) == [("member", ada.email, "192.0.2.7")]


def test_user_can_not_create_a_workspace_for_someone_else(rf):
    with pytest.raises(NotAllowed):
        create_workspace("Acme", "acme", owner=UserFactory(), by=user_actor(rf, UserFactory()))
    assert not Workspace.objects.exists()


def test_workspace_creation_can_be_limited_to_operators(rf, settings):
    settings.ALLOW_WORKSPACE_CREATION = False
    ada = UserFactory()
    with pytest.raises(NotAllowed, match="Only operators can create workspaces"):
        create_workspace("Acme", "acme", owner=ada, by=user_actor(rf, ada))
    assert create_workspace("Acme", "acme", owner=ada, by=BY)


def test_user_who_creates_a_workspace_has_no_role_in_others(rf, acme):
    by = user_actor(rf, UserFactory())
    for attempt in (
        lambda: add_member(acme, UserFactory(), Role.VIEWER, by=by),
        lambda: remove_member(member(acme, Role.VIEWER), by=by),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert not [permission for permission in Permission if by.has_permission(permission, acme)]


# Available roles


def test_role_that_members_have_can_not_be_switched_off(acme):
    member(acme, Role.VIEWER)
    with pytest.raises(Conflict, match="1 member has the role Viewer"):
        set_available_roles(acme, {Role.OWNER}, by=BY)
    member(acme, Role.VIEWER)
    with pytest.raises(Conflict, match="2 members have the role Viewer"):
        set_available_roles(acme, {Role.OWNER}, by=BY)
    acme.refresh_from_db()
    assert acme.roles == list(Role)


def test_owner_can_not_be_switched_off(acme):
    with pytest.raises(Conflict, match="Owner can't be switched off"):
        set_available_roles(acme, set(Role) - {Role.OWNER}, by=BY)


def test_changing_available_roles_records_both_lists_only_if_they_differ(acme):
    set_available_roles(acme, list(Role), by=BY)
    assert not recorded_events()
    assert set_available_roles(acme, {Role.OWNER, Role.VIEWER}, by=BY).roles == [Role.VIEWER, Role.OWNER]
    [(event_type, subject, changes)] = recorded_events()
    assert (event_type, subject) == (EventType.ROLES_CHANGED, acme.slug)
    assert changes == {"roles": [[role.api_name for role in Role], ["viewer", "owner"]]}


@EACH_ROLE
def test_only_owners_change_available_roles(acme, role):
    by = member_actor(acme, role)
    if role == Role.OWNER:
        assert set_available_roles(acme, {Role.OWNER}, by=by)
        return
    with pytest.raises(NotAllowed) as error:
        set_available_roles(acme, {Role.OWNER}, by=by)
    assert error.value.required_role == Role.OWNER
