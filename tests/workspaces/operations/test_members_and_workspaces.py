import pytest
from django.core.exceptions import ValidationError

from tests.factories import MembershipFactory, UserFactory, WorkspaceFactory, make_token, member_actor, token_actor
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType
from workspaces.models import Event, Membership, UsedSlug, Workspace
from workspaces.operations import add_member, change_role, create_workspace, leave, remove_member, set_available_roles
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
BY = Actor.command("tests")
ROLES = pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)


@pytest.fixture
def acme():
    return WorkspaceFactory(name="Acme")


def member(workspace, role):
    return MembershipFactory(workspace=workspace, role=role)


def told():
    return list(Event.objects.order_by("pk").values_list("event_type", "subject_id", "changes"))


# Workspaces


def test_a_workspace_begins_with_one_owner_and_two_events():
    ada = UserFactory(email="ada@acme.example")
    workspace = create_workspace(" Acme ", "acme", owner=ada, by=BY)
    assert (workspace.name, workspace.slug, workspace.roles) == ("Acme", "acme", list(Role))
    assert Membership.objects.get().role == Role.OWNER
    assert told() == [
        (EventType.WORKSPACE_CREATED, "acme", {}),
        (EventType.MEMBER_ADDED, "ada@acme.example", {"role": [None, "owner"]}),
    ]


def test_a_slug_is_never_given_again_even_after_the_workspace_is_gone():
    create_workspace("Acme", "acme", owner=UserFactory(), by=BY)
    for _ in range(2):
        with pytest.raises(ValidationError, match="is or was in use") as refused:
            create_workspace("Other", "acme", owner=UserFactory(), by=BY)
        assert list(refused.value.message_dict) == ["slug"]
        Workspace.objects.all().delete()
    assert UsedSlug.objects.get().slug == "acme"


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a b", "a/b", "a.b", "é", "a" * 51, "a\n", "a\0", ".."])
def test_a_slug_that_can_not_stand_in_a_url_is_refused(slug):
    with pytest.raises(ValidationError) as refused:
        create_workspace("Acme", slug, owner=UserFactory(), by=BY)
    assert list(refused.value.message_dict) == ["slug"]
    assert not UsedSlug.objects.exists()


@pytest.mark.parametrize("slug", ["a", "0", "a-b", "a--b", "a" * 50])
def test_a_slug_of_small_letters_digits_and_hyphens_will_do(slug):
    assert create_workspace("Acme", slug, owner=UserFactory(), by=BY).slug == slug


def test_a_refused_name_uses_up_no_slug():
    with pytest.raises(ValidationError):
        create_workspace("", "acme", owner=UserFactory(), by=BY)
    assert create_workspace("Acme", "acme", owner=UserFactory(), by=BY)


@pytest.mark.parametrize("slug", ["api", "admin", "workspaces", "new"])
def test_a_reserved_word_is_no_slug(slug):
    with pytest.raises(ValidationError, match="is reserved") as refused:
        create_workspace("Acme", slug, owner=UserFactory(), by=BY)
    assert list(refused.value.message_dict) == ["slug"]
    assert not UsedSlug.objects.exists()


def founder(rf, user):
    request = rf.get("/", REMOTE_ADDR="192.0.2.7")
    request.user = user
    return Actor.for_user(request)


def test_a_person_founds_a_workspace_and_is_its_owner(rf):
    ada = UserFactory()
    workspace = create_workspace("Acme", "acme", owner=ada, by=founder(rf, ada))
    assert workspace.memberships.get().role == Role.OWNER
    actors = Event.objects.values_list("actor_type", "actor_name", "ip_address").distinct().order_by()
    assert list(actors) == [("member", ada.email, "192.0.2.7")]


def test_a_person_founds_no_workspace_for_another(rf):
    with pytest.raises(NotAllowed):
        create_workspace("Acme", "acme", owner=UserFactory(), by=founder(rf, UserFactory()))
    assert not Workspace.objects.exists()


def test_an_operator_may_keep_the_founding_to_operators(rf, settings):
    settings.ALLOW_WORKSPACE_CREATION = False
    ada = UserFactory()
    with pytest.raises(NotAllowed, match="Only operators can create workspaces"):
        create_workspace("Acme", "acme", owner=ada, by=founder(rf, ada))
    assert create_workspace("Acme", "acme", owner=ada, by=BY)


def test_who_founds_has_no_power_elsewhere(rf, acme):
    by = founder(rf, UserFactory())
    for attempt in (
        lambda: add_member(acme, UserFactory(), Role.VIEWER, by=by),
        lambda: remove_member(member(acme, Role.VIEWER), by=by),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert not [permission for permission in Permission if by.has_permission(permission, acme)]


# The last Owner


def test_the_last_owner_is_neither_demoted_nor_removed_even_by_themselves(acme):
    owner = member(acme, Role.OWNER)
    for by in (BY, Actor.member(owner)):
        with pytest.raises(Conflict, match="is the last Owner of Acme"):
            change_role(owner, Role.VIEWER, by=by)
        with pytest.raises(Conflict, match="is the last Owner of Acme"):
            remove_member(owner, by=by)
    with pytest.raises(Conflict, match="is the last Owner of Acme"):
        leave(owner, by=Actor.member(owner))
    assert Membership.objects.get().role == Role.OWNER
    assert not told()


def test_an_owner_goes_once_there_is_another(acme):
    owner, _ = member(acme, Role.OWNER), member(acme, Role.OWNER)
    change_role(owner, Role.VIEWER, by=Actor.member(owner))
    assert told() == [(EventType.MEMBER_ROLE_CHANGED, owner.user.email, {"role": ["owner", "viewer"]})]


def test_owners_elsewhere_or_deactivated_do_not_count(acme):
    owner = member(acme, Role.OWNER)
    member(WorkspaceFactory(), Role.OWNER)
    MembershipFactory(workspace=acme, role=Role.OWNER, user__is_active=False)
    with pytest.raises(Conflict):
        remove_member(owner, by=BY)


def test_an_owner_who_stays_owner_is_no_change(acme):
    assert change_role(member(acme, Role.OWNER), Role.OWNER, by=BY)
    assert not told()


# Ceilings


@ROLES
@pytest.mark.parametrize("granted", Role, ids=lambda role: role.api_name)
def test_nobody_is_added_with_more_power_than_the_adder_has(acme, role, granted):
    by, user = member_actor(acme, role), UserFactory()
    if role >= Role.WORKSPACE_MANAGER and granted <= role:
        assert add_member(acme, user, granted, by=by).role == granted
        return
    with pytest.raises(NotAllowed):
        add_member(acme, user, granted, by=by)
    assert not Membership.objects.filter(user=user).exists()
    assert not told()


@ROLES
@pytest.mark.parametrize("present", Role, ids=lambda role: role.api_name)
def test_members_are_managed_by_who_stands_above_them_and_owners_by_owners(acme, role, present):
    member(acme, Role.OWNER)
    by, other, third = member_actor(acme, role), member(acme, present), member(acme, present)
    if role == Role.OWNER or (role >= Role.WORKSPACE_MANAGER and present < role):
        assert change_role(other, Role.VIEWER, by=by).role == Role.VIEWER
        remove_member(third, by=by)
        return
    for attempt in (lambda: change_role(other, Role.VIEWER, by=by), lambda: remove_member(third, by=by)):
        with pytest.raises(NotAllowed):
            attempt()
    assert Membership.objects.filter(pk__in=[other.pk, third.pk], role=present).count() == 2


@ROLES
@pytest.mark.parametrize("granted", Role, ids=lambda role: role.api_name)
def test_nobody_is_raised_above_who_raises_them(acme, role, granted):
    by, other = member_actor(acme, role), member(acme, Role.VIEWER)
    if role >= Role.WORKSPACE_MANAGER and granted <= role:
        assert change_role(other, granted, by=by).role == granted
        return
    with pytest.raises(NotAllowed):
        change_role(other, granted, by=by)


def test_members_of_another_workspace_have_no_power_here(acme):
    stranger, other = member_actor(WorkspaceFactory()), member(acme, Role.VIEWER)
    for attempt in (
        lambda: add_member(acme, UserFactory(), Role.VIEWER, by=stranger),
        lambda: change_role(other, Role.VIEWER, by=stranger),
        lambda: remove_member(other, by=stranger),
        lambda: set_available_roles(acme, set(Role) - {Role.VIEWER}, by=stranger),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_nobody_is_a_member_twice(acme):
    membership = member(acme, Role.VIEWER)
    with pytest.raises(Conflict, match="is already a member of Acme"):
        add_member(acme, membership.user, Role.OWNER, by=BY)


def test_who_leaves_is_told_of_with_the_role_they_had(acme):
    membership = member(acme, Role.VIEWER)
    remove_member(membership, by=BY)
    assert told() == [(EventType.MEMBER_REMOVED, membership.user.email, {"role": ["viewer", None]})]


# Leaving


@ROLES
def test_anybody_may_leave(acme, role):
    member(acme, Role.OWNER)
    membership = member(acme, role)
    leave(membership, by=Actor.member(membership))
    assert not Membership.objects.filter(pk=membership.pk).exists()
    assert told() == [(EventType.MEMBER_LEFT, membership.user.email, {"role": [role.api_name, None]})]


def test_nobody_leaves_in_anothers_place(acme):
    membership, owner = member(acme, Role.VIEWER), member(acme, Role.OWNER)
    elsewhere = MembershipFactory(user=membership.user)
    token = token_actor(make_token(acme, Role.OWNER, creator=membership.user).row)
    for by in (Actor.member(owner), Actor.member(elsewhere), token, BY):
        with pytest.raises(NotAllowed):
            leave(membership, by=by)
    assert Membership.objects.filter(pk=membership.pk).exists()
    assert not told()


# Roles switched off


def test_a_role_that_is_off_is_given_to_nobody(acme):
    set_available_roles(acme, set(Role) - {Role.TEAM_MEMBER}, by=BY)
    with pytest.raises(Conflict, match="switched off in Acme"):
        add_member(acme, UserFactory(), Role.TEAM_MEMBER, by=BY)
    with pytest.raises(Conflict, match="switched off in Acme"):
        change_role(member(acme, Role.VIEWER), Role.TEAM_MEMBER, by=BY)


def test_a_role_that_members_hold_is_not_switched_off(acme):
    member(acme, Role.VIEWER)
    with pytest.raises(Conflict, match="1 member has the role Viewer"):
        set_available_roles(acme, {Role.OWNER}, by=BY)
    member(acme, Role.VIEWER)
    with pytest.raises(Conflict, match="2 members have the role Viewer"):
        set_available_roles(acme, {Role.OWNER}, by=BY)
    acme.refresh_from_db()
    assert acme.roles == list(Role)


def test_owner_is_not_switched_off(acme):
    with pytest.raises(Conflict, match="Owner can't be switched off"):
        set_available_roles(acme, set(Role) - {Role.OWNER}, by=BY)


def test_switching_roles_tells_both_lists_and_nothing_where_nothing_changed(acme):
    set_available_roles(acme, list(Role), by=BY)
    assert not told()
    assert set_available_roles(acme, {Role.OWNER, Role.VIEWER}, by=BY).roles == [Role.VIEWER, Role.OWNER]
    [(kind, subject, changes)] = told()
    assert (kind, subject) == (EventType.ROLES_CHANGED, acme.slug)
    assert changes == {"roles": [[role.api_name for role in Role], ["viewer", "owner"]]}


@ROLES
def test_switching_roles_needs_an_owner(acme, role):
    by = member_actor(acme, role)
    if role == Role.OWNER:
        assert set_available_roles(acme, {Role.OWNER}, by=by)
        return
    with pytest.raises(NotAllowed) as refused:
        set_available_roles(acme, {Role.OWNER}, by=by)
    assert refused.value.required_role == Role.OWNER
