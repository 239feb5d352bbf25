from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from access_tokens import key_rings, token_crypto
from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.models import AccessToken
from access_tokens.operations import create
from tests.access_tokens.operations.common import (
    ROLES,
    Unchanged,
    assert_needs,
    assert_no_secret_in_events,
    assert_refused,
    only_event,
)
from tests.factories import (
    IssuedToken,
    UserFactory,
    WorkspaceFactory,
    all_roles_except,
    make_token,
    member_actor,
    token_actor,
)
from workspaces.actors import Actor, ActorType
from workspaces.events import EventType
from workspaces.models import CopyPolicy, Event
from workspaces.permissions import Permission, Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def acme():
    return WorkspaceFactory()


@pytest.fixture
def owner(acme):
    return member_actor(acme)


def make(workspace, by, **changes):
    return create(workspace, by=by, **{"label": "CI", "scope": Role.VIEWER, "expires_at": None, **changes})


def test_what_is_issued_authenticates_at_once(acme, owner):
    token, plaintext = make(acme, owner, scope=Role.TEAM_MEMBER)
    principal = authenticate(f"Bearer {plaintext}")
    assert isinstance(principal, Principal)
    assert (principal.token, principal.workspace, principal.scope) == (token, acme, Role.TEAM_MEMBER)


def test_the_row_keeps_a_digest_and_a_seal_but_not_the_token(acme, owner):
    token, plaintext = made = IssuedToken(*make(acme, owner))
    token.refresh_from_db()
    assert token_crypto.matches(plaintext, token.stored_digest, key_rings.peppers())
    assert token.stored_ciphertext
    assert (
        token_crypto.decrypt(
            token.stored_ciphertext, context=token.encryption_context, keys=key_rings.encryption_keys()
        )
        == plaintext
    )
    assert made.secret not in repr(AccessToken.objects.values().get())


def test_no_seal_is_made_in_a_workspace_that_shows_tokens_once():
    workspace = WorkspaceFactory(copy_policy=CopyPolicy.SHOW_ONCE)
    token, _ = make(workspace, member_actor(workspace))
    token.refresh_from_db()
    assert (token.encrypted_copy, token.encryption_key_id, token.stored_ciphertext) == (None, "", None)


def test_its_creator_is_the_member_who_made_it(acme, owner):
    token, _ = make(acme, owner)
    assert (token.creator, token.creator_email, token.parent) == (owner.user, owner.name, None)
    assert token.token_id == f"{owner.name}_{token.key_id}"


def test_the_event_tells_who_made_what_and_no_secret(acme, owner):
    end = timezone.now() + DAY
    token, plaintext = make(acme, owner, label=" Nightly ", scope=Role.OWNER, expires_at=end)
    event = only_event()
    assert (event.event_type, event.workspace_slug) == (EventType.TOKEN_CREATED, acme.slug)
    assert (event.actor_type, event.actor_name) == (ActorType.MEMBER, owner.name)
    assert (event.subject_id, event.subject_name) == (token.token_id, "Nightly")
    assert event.changes["label"] == [None, "Nightly"]
    assert event.changes["scope"] == [None, "owner"]
    assert event.changes["expires_at"][0] is None
    assert event.changes["expires_at"][1].startswith(f"{end:%Y-%m-%dT%H:%M:%S}")
    assert_no_secret_in_events(IssuedToken(token, plaintext))


# Who may


@ROLES
def test_it_needs_a_workspace_manager(acme, role):
    assert_needs(Permission.CREATE_TOKENS, role, make, acme, member_actor(acme, role))


@ROLES
@pytest.mark.parametrize("scope", Role, ids=lambda role: role.api_name)
@pytest.mark.parametrize("face", ["member", "token"])
def test_nobody_gives_a_scope_above_their_own(acme, face, role, scope):
    by = member_actor(acme, role) if face == "member" else token_actor(make_token(acme, role).row)
    if role < Role.WORKSPACE_MANAGER:
        assert_refused(make, acme, by, scope=scope, required_role=Role.WORKSPACE_MANAGER)
    elif scope > role:
        assert_refused(make, acme, by, scope=scope, required_role=scope)
    else:
        assert make(acme, by, scope=scope).token.scope == scope


def test_nobody_makes_tokens_in_another_workspace(acme):
    elsewhere = WorkspaceFactory()
    assert_refused(make, acme, member_actor(elsewhere), required_role=Role.WORKSPACE_MANAGER)
    assert_refused(make, acme, token_actor(make_token(elsewhere, Role.OWNER).row), required_role=Role.WORKSPACE_MANAGER)


# What is wrong with a form


@pytest.mark.parametrize("label", ["", "   ", "\u200b", "a\0b", "x" * 101, "\ud800"])
def test_a_label_is_something_that_can_be_seen(acme, owner, label):
    with Unchanged(), pytest.raises(ValidationError) as refused:
        make(acme, owner, label=label)
    assert list(refused.value.message_dict) == ["label"]


def test_everything_that_is_wrong_is_told_at_once():
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.VIEWER))
    with Unchanged(), pytest.raises(ValidationError) as refused:
        make(workspace, member_actor(workspace), label="", expires_at=timezone.now() - DAY)
    assert set(refused.value.message_dict) == {"label", "scope", "expires_at"}
    assert refused.value.message_dict["scope"] == [
        f"The scope Viewer is switched off in {workspace.name}. Choose another scope."
    ]


def test_labels_need_not_be_unique(acme, owner):
    assert make(acme, owner).token.pk != make(acme, owner).token.pk


# By a token


def test_what_a_token_makes_has_it_as_parent_and_its_creator(acme):
    ada = UserFactory(email="ada@acme.example")
    parent = make_token(acme, Role.WORKSPACE_MANAGER, creator=ada).row
    ada.email = "lovelace@acme.example"
    ada.save()
    token, _ = make(acme, token_actor(parent))
    assert (token.parent, token.creator, token.creator_email) == (parent, ada, "ada@acme.example")
    event = only_event()
    assert (event.actor_type, event.actor_name) == (ActorType.TOKEN, parent.token_id)


def test_a_token_whose_creator_is_gone_hands_on_their_email(acme):
    parent = make_token(acme, Role.OWNER, creator=None, creator_email="gone@acme.example").row
    token, _ = make(acme, token_actor(parent))
    assert (token.creator, token.creator_email) == (None, "gone@acme.example")


@pytest.mark.parametrize("life", [None, 2 * DAY, DAY + timedelta(seconds=1)])
def test_a_token_gives_no_longer_life_than_its_own(acme, life):
    end = timezone.now().replace(microsecond=0) + DAY
    by = token_actor(make_token(acme, Role.OWNER, expires_at=end).row)
    assert_refused(make, acme, by, expires_at=life and end - DAY + life, required_role=None)


@pytest.mark.parametrize("life", [DAY, timedelta(hours=1)])
def test_a_token_gives_a_life_up_to_its_own(acme, life):
    end = timezone.now().replace(microsecond=0) + DAY
    by = token_actor(make_token(acme, Role.OWNER, expires_at=end).row)
    assert make(acme, by, expires_at=end - DAY + life).token.expires_at == end - DAY + life


def test_a_token_without_an_end_gives_any_life(acme):
    by = token_actor(make_token(acme, Role.OWNER).row)
    assert make(acme, by).token.expires_at is None


# By a command


def test_a_command_names_the_creator(acme):
    ada = UserFactory()
    token, _ = make(acme, Actor.command("latchkey_token"), creator=ada)
    assert (token.creator, token.creator_email) == (ada, ada.email)
    assert only_event().actor_type == ActorType.COMMAND


def test_a_command_that_names_no_creator_is_refused(acme):
    with Unchanged(), pytest.raises(ValidationError, match="Name the member"):
        make(acme, Actor.command("latchkey_token"))


# The same form again


def test_nothing_is_left_when_the_event_can_not_be_written(acme, owner, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no events today")

    monkeypatch.setattr(Event, "save_base", fail)
    with Unchanged(), pytest.raises(RuntimeError):
        make(acme, owner)


def test_issuing_costs_a_fixed_number_of_queries(acme, owner, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        make(acme, owner)
