"""Simultaneous operations. Barriers wait where an operation would fail without its locks."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

import workspaces.operations
import workspaces.operations.users
from access_tokens import operations as tokens
from access_tokens.expiry_policy import ExpiryPolicy
from access_tokens.models import AccessToken
from accounts.models import User
from tests.factories import InvitationFactory, MembershipFactory, UserFactory, WorkspaceFactory, member_actor
from workspaces import idempotency
from workspaces.actors import NO_WORKSPACE, Actor, ActorType
from workspaces.errors import Conflict, NotAllowed
from workspaces.invitations import acceptance, operations
from workspaces.invitations.links import InvitationLink
from workspaces.models import Event, Invitation, Membership, Project, Workspace
from workspaces.operations import change_role, create_workspace, leave, projects, remove_member, users
from workspaces.permissions import Role

PATIENCE = 1.0
"""Seconds that one thread waits for the other at a point that only one can reach, because of a lock."""


@pytest.fixture(autouse=True)
def many_connections(transactional_db, tmp_path):
    """Threads have their own connections. SQLite needs a file for this: an in-memory database locks differently."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    in_memory, connection.connection = connection.connection, None
    with closing(sqlite3.connect(tmp_path / "shared.sqlite3")) as copy:
        in_memory.backup(copy)
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(tmp_path / "shared.sqlite3")
    yield
    connection.close()
    connection.settings_dict["NAME"], connection.connection = name, in_memory


@pytest.fixture
def meet(monkeypatch):
    """Make both threads wait for each other at `where`."""

    def meet(where, name):
        barrier, real = threading.Barrier(2), getattr(where, name)

        def wait_then_go_on(*args, **kwargs):
            result = real(*args, **kwargs)
            with suppress(threading.BrokenBarrierError):
                barrier.wait(PATIENCE)
            return result

        monkeypatch.setattr(where, name, wait_then_go_on)

    return meet


def at_once(*attempts):
    """Run each function in its own thread. Return what each returned or raised."""

    def run(attempt):
        try:
            return attempt()
        except (Conflict, NotAllowed) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def two_owners():
    workspace = WorkspaceFactory()
    return MembershipFactory(workspace=workspace), MembershipFactory(workspace=workspace)


def errors(results):
    return [result for result in results if isinstance(result, Exception)]


def test_two_owners_who_demote_each_other_leave_one_owner(meet):
    ada, bob = two_owners()
    by_ada, by_bob = Actor.member(ada), Actor.member(bob)
    meet(workspaces.operations, "require_another_owner")
    results = at_once(
        lambda: change_role(bob, Role.VIEWER, by=by_ada), lambda: change_role(ada, Role.VIEWER, by=by_bob)
    )
    assert Membership.objects.active_owners().count() == 1
    assert [type(error) for error in errors(results)] == [NotAllowed]
    assert Event.objects.count() == 1


def test_two_owners_who_leave_at_once_leave_one_owner(meet):
    ada, bob = two_owners()
    by_ada, by_bob = Actor.member(ada), Actor.member(bob)
    meet(workspaces.operations, "require_another_owner")
    results = at_once(lambda: leave(ada, by=by_ada), lambda: leave(bob, by=by_bob))
    assert Membership.objects.active_owners().count() == 1
    assert [type(error) for error in errors(results)] == [Conflict]


@pytest.mark.parametrize(
    "other", [lambda bob, by: users.deactivate(bob.user, by=by), lambda bob, by: leave(bob, by=Actor.member(bob))]
)
def test_deactivating_an_owner_while_the_other_leaves_keeps_one_owner(meet, other):
    (ada, bob), by = two_owners(), Actor.command("tests")
    for where in (workspaces.operations.users, workspaces.operations):
        meet(where, "require_another_owner")
    results = at_once(lambda: users.deactivate(ada.user, by=by), lambda: other(bob, by))
    assert Membership.objects.active_owners().count() == 1
    assert [type(error) for error in errors(results)] == [Conflict]


def test_two_users_who_change_to_one_email_leave_it_to_one_of_them():
    one, other = (MembershipFactory().user for _ in range(2))
    by = Actor.command("tests")
    results = at_once(*(lambda user=user: users.change_email(user, "free@new.example", by=by) for user in (one, other)))
    assert [type(error) for error in errors(results)] == [Conflict]
    assert Event.objects.filter(event_type="member.email_changed").count() == 1


@pytest.mark.parametrize(
    "other",
    [
        lambda ada, bob: remove_member(ada, by=Actor.member(bob)),
        lambda ada, bob: leave(ada, by=Actor.member(ada)),
        lambda ada, bob: change_role(ada, Role.VIEWER, by=Actor.member(ada)),
    ],
    ids=["removed", "leaves", "demoted by themselves"],
)
def test_demoting_an_owner_while_the_other_goes_keeps_one_owner(meet, other):
    ada, bob = two_owners()
    by_ada = Actor.member(ada)
    meet(workspaces.operations, "require_another_owner")
    results = at_once(lambda: change_role(bob, Role.VIEWER, by=by_ada), lambda: other(ada, bob))
    assert Membership.objects.active_owners().count() == 1
    assert len(errors(results)) == Event.objects.count() == 1


def test_two_simultaneous_requests_with_one_idempotency_key_create_one_token(meet):
    workspace = WorkspaceFactory()
    by = member_actor(workspace)
    meet(idempotency, "_claim")

    def make():
        return tokens.create(workspace, by=by, label="CI", scope=Role.VIEWER, expires_at=None)

    def send():
        return idempotency.run_once(make, public_id=lambda made: made.token.key_id, actor=by.identifier, key="k")

    results = at_once(send, send)
    assert {type(error) for error in errors(results)} <= {
        idempotency.RequestInProgress,
        idempotency.DuplicateRequest,
    }
    assert len(errors(results)) == 1
    assert AccessToken.objects.count() == Event.objects.count() == 1


def test_disabling_a_token_twice_at_once_records_one_event(meet):
    workspace = WorkspaceFactory()
    by = member_actor(workspace)
    token = tokens.create(workspace, by=by, label="CI", scope=Role.VIEWER, expires_at=None).token
    meet(tokens.status_changes, "lock_token")
    at_once(lambda: tokens.disable(token, by=by), lambda: tokens.disable(token, by=by))
    assert list(Event.objects.order_by("pk").values_list("event_type", flat=True)) == [
        "token.created",
        "token.disabled",
    ]


def test_two_simultaneous_projects_can_not_have_the_same_name(meet):
    workspace = WorkspaceFactory()
    by = member_actor(workspace)
    meet(projects, "_clean_unused_name")
    results = at_once(*[lambda: projects.create(workspace, "Site", by=by)] * 2)
    assert [type(error) for error in errors(results)] == [Conflict]
    assert Project.objects.count() == 1


def ticket_for(workspace, email):
    return InvitationLink(InvitationFactory(workspace=workspace, email=email).pk, 1)


def a_newcomer(email):
    return User(email=email, name="Ada", password="!")


def by_person(user):
    return Actor(type=ActorType.MEMBER, name=user.email, role=Role.VIEWER, workspace_id=NO_WORKSPACE, user=user)


def test_accepting_an_invitation_in_two_tabs_creates_one_membership(meet):
    ada = UserFactory(email="ada@acme.example")
    ticket = ticket_for(WorkspaceFactory(), ada.email)
    meet(acceptance, "explain_rejection")
    results = at_once(*[lambda: acceptance.accept(ticket, by=by_person(ada))] * 2)
    assert [error.message for error in errors(results)] == [
        "This invitation was already accepted. A link works only once."
    ]
    assert Membership.objects.count() == Event.objects.count() == 1


def test_accepting_with_a_new_account_in_two_tabs_creates_one_account_and_membership(meet):
    ticket = ticket_for(WorkspaceFactory(), "ada@acme.example")
    meet(acceptance, "explain_rejection")

    def accept():
        newcomer = a_newcomer("ada@acme.example")
        return acceptance.accept_with_new_account(ticket, newcomer, by=by_person(newcomer))

    results = at_once(accept, accept)
    assert "already accepted" in errors(results)[0].message
    assert len(errors(results)) == 1
    assert User.objects.count() == Membership.objects.count() == Event.objects.count() == 1


def test_accepting_two_invitations_with_a_new_account_at_once_creates_one_account(meet):
    tickets = [ticket_for(WorkspaceFactory(), "ada@acme.example") for _ in range(2)]
    meet(acceptance, "explain_rejection")

    def accept(ticket):
        newcomer = a_newcomer("ada@acme.example")
        return acceptance.accept_with_new_account(ticket, newcomer, by=by_person(newcomer))

    results = at_once(*[lambda ticket=ticket: accept(ticket) for ticket in tickets])
    assert ["already has an account" in error.message for error in errors(results)] == [True]
    assert User.objects.count() == Membership.objects.count() == 1
    assert Invitation.objects.filter(accepted_at=None).count() == 1


@pytest.mark.parametrize("end", [operations.revoke, operations.resend])
def test_invitation_is_either_accepted_or_changed(meet, end):
    workspace = WorkspaceFactory()
    by, ada = member_actor(workspace), UserFactory(email="ada@acme.example")
    ticket = ticket_for(workspace, ada.email)
    invitation = Invitation.objects.select_related("workspace").get()
    meet(acceptance, "find_invitation")
    results = at_once(lambda: acceptance.accept(ticket, by=by_person(ada)), lambda: end(invitation, by=by))
    assert len(errors(results)) == 1
    is_accepted = Invitation.objects.exclude(accepted_at=None).exists()
    assert Membership.objects.filter(user=ada).exists() == is_accepted
    assert Event.objects.count() == 1


def test_inviting_an_address_twice_at_once_creates_one_invitation(meet):
    workspace = WorkspaceFactory()
    by = member_actor(workspace)
    meet(operations, "InviteChecks")
    results = at_once(*[lambda: operations.invite_one(workspace, "ada@acme.example", Role.VIEWER, by=by)] * 2)
    assert [type(error) for error in errors(results)] == [Conflict]
    assert Invitation.objects.count() == Event.objects.count() == 1


def test_two_simultaneous_workspaces_can_not_have_the_same_slug():
    ada, by = UserFactory(), Actor.command("tests")

    def create():
        try:
            return create_workspace("Acme", "acme", owner=ada, by=by)
        except Exception as error:
            return error

    results = at_once(*[create] * 4)
    assert len(errors(results)) == 3
    assert {type(error).__name__ for error in errors(results)} == {"ValidationError"}
    assert Workspace.objects.count() == Event.objects.filter(event_type="workspace.created").count() == 1


def test_token_created_during_a_stricter_expiry_policy_follows_it(meet):
    acme = WorkspaceFactory()
    by = member_actor(acme)
    meet(ExpiryPolicy, "for_workspace")

    def make_one():
        with suppress(ValidationError):  # the other one was faster
            tokens.create(acme, by=by, label="CI", scope=Role.VIEWER, expires_at=None)

    at_once(
        make_one,
        lambda: tokens.set_expiry_policy(acme, by=by, cap_existing_tokens=True, max_lifetime_days=30),
    )
    acme.refresh_from_db()
    assert acme.max_lifetime_days == 30
    assert not AccessToken.objects.filter(expires_at=None).exists()
