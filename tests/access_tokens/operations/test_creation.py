from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from access_tokens import key_rings, token_format
from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.models import AccessToken
from access_tokens.operations import create
from tests.access_tokens.operations.common import (
    assert_no_secret_in_events,
    assert_not_allowed,
    assert_requires,
    only_event,
    unchanged,
)
from tests.factories import IssuedToken, UserFactory, WorkspaceFactory, make_token, member_actor, token_actor
from tests.roles import EACH_ROLE, EACH_SCOPE
from workspaces.actors import Actor, ActorType
from workspaces.events import EventType, log
from workspaces.models import CopyPolicy
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def create_token(workspace, by, **fields):
    return create(workspace, by=by, **{"label": "CI", "scope": Role.VIEWER, "expires_at": None, **fields})


def test_new_token_authenticates_at_once(acme, owner):
    token, plaintext = create_token(acme, owner, scope=Role.TEAM_MEMBER)
    principal = authenticate(f"Bearer {plaintext}")
    assert isinstance(principal, Principal)
    assert (principal.token, principal.workspace, principal.scope) == (token, acme, Role.TEAM_MEMBER)


def test_row_has_a_digest_and_an_encrypted_copy_but_no_secret(acme, owner):
    token, plaintext = created = IssuedToken(*create_token(acme, owner))
    token.refresh_from_db()
    assert token_format.matches(plaintext, token.stored_digest, key_rings.peppers())
    assert token.decrypt_copy() == plaintext
    assert created.secret not in repr(AccessToken.objects.values().get())


def test_copy_policy_show_once_stores_no_encrypted_copy():
    workspace = WorkspaceFactory(copy_policy=CopyPolicy.SHOW_ONCE)
    token, _ = create_token(workspace, member_actor(workspace))
    token.refresh_from_db()
    assert (token.encrypted_copy, token.encryption_key_id) == (None, "")


def test_creator_is_the_member_who_created_the_token(acme, owner):
    token, _ = create_token(acme, owner)
    assert (token.creator, token.creator_email, token.parent) == (owner.user, owner.name, None)
    assert token.token_id == f"{owner.name}_{token.key_id}"


def test_event_has_the_fields_and_no_secret(acme, owner):
    expires_at = timezone.now() + DAY
    token, plaintext = create_token(acme, owner, label=" Nightly ", scope=Role.OWNER, expires_at=expires_at)
    event = only_event()
    assert (event.event_type, event.workspace_slug) == (EventType.TOKEN_CREATED, acme.slug)
    assert (event.actor_type, event.actor_name) == (ActorType.MEMBER, owner.name)
    assert (event.subject_id, event.subject_name) == (token.token_id, "Nightly")
    assert event.changes == {
        "label": [None, "Nightly"],
        "scope": [None, "owner"],
        "expires_at": [None, expires_at.isoformat(timespec="seconds")],
    }
    assert_no_secret_in_events(IssuedToken(token, plaintext))


def test_failure_to_record_the_event_rolls_back_the_token(acme, owner, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("The event can't be saved.")

    monkeypatch.setattr(log, "insert", fail)
    with unchanged(), pytest.raises(RuntimeError):
        create_token(acme, owner)


def test_creation_needs_a_fixed_number_of_queries(acme, owner, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        create_token(acme, owner)


# Permissions


@EACH_ROLE
def test_creation_requires_workspace_manager(acme, role):
    assert_requires(Permission.CREATE_TOKENS, role, create_token, acme, member_actor(acme, role))


@EACH_ROLE
@EACH_SCOPE
@pytest.mark.parametrize("actor", ["member", "token"])
def test_creation_requires_a_role_at_least_as_high_as_the_scope(acme, actor, role, scope):
    by = member_actor(acme, role) if actor == "member" else token_actor(make_token(acme, role).row)
    if role < Role.WORKSPACE_MANAGER:
        assert_not_allowed(create_token, acme, by, scope=scope, required_role=Role.WORKSPACE_MANAGER)
    elif scope > role:
        assert_not_allowed(create_token, acme, by, scope=scope, required_role=scope)
    else:
        assert create_token(acme, by, scope=scope).token.scope == scope


def test_tokens_can_not_be_created_in_another_workspace(acme):
    other = WorkspaceFactory()
    for by in (member_actor(other), token_actor(make_token(other, Role.OWNER).row)):
        assert_not_allowed(create_token, acme, by, required_role=Role.WORKSPACE_MANAGER)


# Created by a token


def test_child_token_has_the_creator_of_its_parent(acme):
    ada = UserFactory(email="ada@acme.example")
    parent = make_token(acme, Role.WORKSPACE_MANAGER, creator=ada).row
    ada.email = "lovelace@acme.example"
    ada.save()
    token, _ = create_token(acme, token_actor(parent))
    assert (token.parent, token.creator, token.creator_email) == (parent, ada, "ada@acme.example")
    event = only_event()
    assert (event.actor_type, event.actor_name) == (ActorType.TOKEN, parent.token_id)


def test_child_token_has_the_creator_email_of_a_parent_whose_creator_was_deleted(acme):
    parent = make_token(acme, Role.OWNER, creator=None, creator_email="gone@acme.example").row
    token, _ = create_token(acme, token_actor(parent))
    assert (token.creator, token.creator_email) == (None, "gone@acme.example")


@pytest.mark.parametrize("later", [None, DAY, timedelta(seconds=1)])
def test_child_token_can_not_outlive_its_parent(acme, later):
    parent_expiry = timezone.now().replace(microsecond=0) + DAY
    by = token_actor(make_token(acme, Role.OWNER, expires_at=parent_expiry).row)
    assert_not_allowed(create_token, acme, by, expires_at=later and parent_expiry + later, required_role=None)


@pytest.mark.parametrize("earlier", [timedelta(0), timedelta(hours=1)])
def test_child_token_can_expire_with_or_before_its_parent(acme, earlier):
    parent_expiry = timezone.now().replace(microsecond=0) + DAY
    by = token_actor(make_token(acme, Role.OWNER, expires_at=parent_expiry).row)
    assert create_token(acme, by, expires_at=parent_expiry - earlier).token.expires_at == parent_expiry - earlier


def test_non_expiring_token_can_create_non_expiring_tokens(acme):
    by = token_actor(make_token(acme, Role.OWNER).row)
    assert create_token(acme, by).token.expires_at is None


# Created by a command


def test_command_names_the_creator(acme):
    ada = UserFactory()
    token, _ = create_token(acme, Actor.command("latchkey_token"), creator=ada)
    assert (token.creator, token.creator_email) == (ada, ada.email)
    assert only_event().actor_type == ActorType.COMMAND


def test_command_without_a_creator_is_rejected(acme):
    with unchanged(), pytest.raises(ValidationError, match="Name the member"):
        create_token(acme, Actor.command("latchkey_token"))
