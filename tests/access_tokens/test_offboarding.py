"""What a member leaves behind, and disabling it in one go."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access_tokens import operations
from access_tokens.models import AccessToken
from access_tokens.offboarding import disable_tokens_created_by, usable_tokens_created_by
from access_tokens.operations import bulk
from access_tokens.token_preview import MAX_SHOWN
from tests.factories import (
    AccessTokenFactory,
    MembershipFactory,
    WorkspaceFactory,
    all_roles_except,
    expired,
    member_actor,
)
from workspaces.errors import NotAllowed
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return WorkspaceFactory(name="Acme")


@pytest.fixture
def ada(acme):
    return MembershipFactory(workspace=acme, role=Role.WORKSPACE_MANAGER)


@pytest.fixture
def made(acme, ada):
    """A token that Ada made."""
    return lambda **fields: AccessTokenFactory(workspace=acme, creator=ada.user, **fields)


@pytest.fixture
def by(acme):
    return member_actor(acme, Role.ADMINISTRATOR)


def labels(legacy):
    return [token.label for token in legacy.shown]


def test_it_is_what_the_member_made_here_and_lives_last_used_first(acme, ada, made):
    now = timezone.now()
    made(label="unused")
    made(label="lately", last_used_at=now)
    made(label="long ago", last_used_at=now - timedelta(days=90))
    made(label="ends soon", expires_at=now + timedelta(minutes=1), last_used_at=now - timedelta(days=1))
    made(label="off", disabled_at=now)
    made(**expired(label="over"))
    AccessTokenFactory(workspace=acme, label="another's")
    AccessTokenFactory(creator=ada.user, label="elsewhere")
    legacy = usable_tokens_created_by(ada)
    assert labels(legacy) == ["lately", "ends soon", "long ago", "unused"]
    assert (legacy.count, legacy.hidden_count) == (4, 0)


def test_tokens_whose_scope_is_off_are_among_it(acme, ada, made):
    acme.available_roles = all_roles_except(Role.TEAM_MEMBER)
    acme.save()
    made(label="off for now", scope=Role.TEAM_MEMBER)
    assert labels(usable_tokens_created_by(ada)) == ["off for now"]


def test_both_ways_to_say_that_a_token_lives_agree(acme, made):
    now = timezone.now()
    for fields in ({}, {"disabled_at": now}, {"expires_at": now + timedelta(days=1)}, expired()):
        made(**fields)
    everything = AccessToken.objects.order_by("pk")
    assert list(everything.usable()) == [token for token in everything if token.is_usable]
    assert len(everything.usable()) == 2


def test_of_many_the_first_are_shown_and_all_are_counted(acme, ada, monkeypatch):
    AccessTokenFactory.create_batch(MAX_SHOWN + 3, workspace=acme, creator=ada.user)
    legacy = usable_tokens_created_by(ada)
    assert (len(legacy.shown), legacy.count, legacy.hidden_count) == (MAX_SHOWN, MAX_SHOWN + 3, 3)


def test_the_chosen_ones_are_disabled_and_told(acme, ada, made, by):
    one, other = made(), made()
    assert disable_tokens_created_by(ada, by=by, key_ids={one.key_id, "0123456789", "\0"}) == 1
    assert set(AccessToken.objects.usable()) == {other}
    told = Event.objects.get()
    assert (told.event_type, told.subject_id, told.subject_name) == ("token.disabled", one.token_id, one.label)
    assert (told.actor_name, told.workspace) == (by.name, acme)


def test_all_of_them_are_disabled_and_no_others(acme, ada, made, by, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH_SIZE", 2)
    mine = [made() for _ in range(5)]
    off = made(disabled_at=timezone.now() - timedelta(days=1))
    others = {AccessTokenFactory(workspace=acme), AccessTokenFactory(creator=ada.user)}
    assert disable_tokens_created_by(ada, by=by) == 5
    assert set(AccessToken.objects.usable()) == others
    assert list(Event.objects.order_by("pk").values_list("subject_id", flat=True)) == [one.token_id for one in mine]
    assert AccessToken.objects.get(pk=off.pk).disabled_at == off.disabled_at


def test_it_leaves_a_token_as_disabling_it_alone_does(ada, made, by):
    rotating = {
        "previous_secret_pepper_id": "k0",
        "previous_secret_digest": b"x" * 32,
        "previous_secret_expires_at": timezone.now() + timedelta(days=1),
        "previous_secret_last_used_at": timezone.now(),
        "previous_secret_use_count": 3,
    }
    alone, together = made(**rotating), made(**rotating)
    operations.disable(alone, by=by)
    disable_tokens_created_by(ada, by=by)
    first, second = (AccessToken.objects.filter(pk=one.pk).values().get() for one in (alone, together))
    own = {"id", "key_id", "label", "digest", "created_at", "disabled_at"}
    assert {name: value for name, value in first.items() if name not in own} == {
        name: value for name, value in second.items() if name not in own
    }
    kept = [
        Event.objects.filter(subject_id=one.token_id)
        .values("event_type", "changes", "actor_name", "workspace_slug")
        .get()
        for one in (alone, together)
    ]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)
def test_it_needs_an_administrator(acme, ada, made, role):
    token = made(scope=Role.OWNER)
    if role >= Role.ADMINISTRATOR:
        assert disable_tokens_created_by(ada, by=member_actor(acme, role)) == 1
        return
    with pytest.raises(NotAllowed) as refused:
        disable_tokens_created_by(ada, by=member_actor(acme, role), key_ids={token.key_id})
    assert refused.value.required_role == Role.ADMINISTRATOR
    assert AccessToken.objects.usable().count() == 1
    assert not Event.objects.exists()


def test_another_workspaces_owner_has_no_power_here(ada, made):
    made()
    with pytest.raises(NotAllowed):
        disable_tokens_created_by(ada, by=member_actor(WorkspaceFactory()))


@pytest.mark.parametrize("number", [3, 300])
def test_its_cost_does_not_grow_with_every_token(acme, ada, by, number):
    rows = AccessTokenFactory.build_batch(number, workspace=acme, creator=ada.user)
    AccessToken.objects.bulk_create(rows, batch_size=100)
    with CaptureQueriesContext(connection) as queries:
        assert disable_tokens_created_by(ada, by=by) == number
    assert len(queries) <= 16
