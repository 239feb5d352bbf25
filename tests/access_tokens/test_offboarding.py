from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access_tokens import operations
from access_tokens.models import AccessToken
from access_tokens.offboarding import disable_tokens_created_by, usable_tokens_created_by
from access_tokens.operations import bulk
from tests.factories import (
    AccessTokenFactory,
    MembershipFactory,
    WorkspaceFactory,
    all_roles_except,
    expired,
    member_actor,
)
from tests.roles import EACH_ROLE
from workspaces.errors import NotAllowed
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(acme):
    return MembershipFactory(workspace=acme, role=Role.WORKSPACE_MANAGER)


@pytest.fixture
def create_token(acme, ada):
    """Create a token whose creator is Ada."""
    return lambda **fields: AccessTokenFactory(workspace=acme, creator=ada.user, **fields)


@pytest.fixture
def administrator(acme):
    return member_actor(acme, Role.ADMINISTRATOR)


def labels(preview):
    return [token.label for token in preview.shown]


# usable_tokens_created_by


def test_preview_has_the_members_usable_tokens_most_recently_used_first(acme, ada, create_token):
    now = timezone.now()
    create_token(label="unused")
    create_token(label="recently used", last_used_at=now)
    create_token(label="used long ago", last_used_at=now - timedelta(days=90))
    create_token(label="expires soon", expires_at=now + timedelta(minutes=1), last_used_at=now - timedelta(days=1))
    create_token(label="disabled", disabled_at=now)
    create_token(**expired(label="expired"))
    AccessTokenFactory(workspace=acme, label="by another member")
    AccessTokenFactory(creator=ada.user, label="in another workspace")
    preview = usable_tokens_created_by(ada)
    assert labels(preview) == ["recently used", "expires soon", "used long ago", "unused"]
    assert (preview.count, preview.hidden_count) == (4, 0)


def test_preview_has_tokens_whose_scope_is_unavailable(acme, ada, create_token):
    acme.available_roles = all_roles_except(Role.TEAM_MEMBER)
    acme.save()
    create_token(label="unavailable", scope=Role.TEAM_MEMBER)
    assert labels(usable_tokens_created_by(ada)) == ["unavailable"]


# disable_tokens_created_by


def test_chosen_tokens_are_disabled_with_an_event(acme, ada, create_token, administrator):
    chosen, other = create_token(), create_token()
    assert disable_tokens_created_by(ada, by=administrator, key_ids={chosen.key_id, "0123456789", "\0"}) == 1
    assert set(AccessToken.objects.usable()) == {other}
    event = Event.objects.get()
    assert (event.event_type, event.subject_id, event.subject_name) == ("token.disabled", chosen.token_id, chosen.label)
    assert (event.actor_name, event.workspace) == (administrator.name, acme)


def test_all_tokens_of_the_member_are_disabled(acme, ada, create_token, administrator, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH_SIZE", 2)
    tokens = [create_token() for _ in range(5)]
    disabled = create_token(disabled_at=timezone.now() - timedelta(days=1))
    others = {AccessTokenFactory(workspace=acme), AccessTokenFactory(creator=ada.user)}
    assert disable_tokens_created_by(ada, by=administrator) == 5
    assert set(AccessToken.objects.usable()) == others
    assert list(Event.objects.order_by("pk").values_list("subject_id", flat=True)) == [row.token_id for row in tokens]
    assert AccessToken.objects.get(pk=disabled.pk).disabled_at == disabled.disabled_at


def test_limit_disables_the_oldest_tokens(ada, create_token, administrator):
    tokens = [create_token() for _ in range(3)]
    assert disable_tokens_created_by(ada, by=administrator, limit=2) == 2
    assert set(AccessToken.objects.usable()) == {tokens[2]}


def test_token_is_changed_as_by_disabling_it_alone(ada, create_token, administrator):
    rotating = {
        "previous_secret_pepper_id": "k0",
        "previous_secret_digest": b"x" * 32,
        "previous_secret_expires_at": timezone.now() + timedelta(days=1),
        "previous_secret_last_used_at": timezone.now(),
        "previous_secret_use_count": 3,
    }
    alone, together = create_token(**rotating), create_token(**rotating)
    operations.disable(alone, by=administrator)
    disable_tokens_created_by(ada, by=administrator)
    distinct = {"id", "key_id", "label", "digest", "created_at", "disabled_at"}
    rows = [AccessToken.objects.values().get(pk=token.pk) for token in (alone, together)]
    first, second = ({name: value for name, value in row.items() if name not in distinct} for row in rows)
    assert first == second
    events = Event.objects.order_by("pk").values("event_type", "changes", "actor_name", "workspace_slug")
    assert events[0] == events[1]


@EACH_ROLE
def test_disabling_requires_administrator(acme, ada, create_token, role):
    token = create_token(scope=Role.OWNER)
    if role >= Role.ADMINISTRATOR:
        assert disable_tokens_created_by(ada, by=member_actor(acme, role)) == 1
        return
    with pytest.raises(NotAllowed) as error:
        disable_tokens_created_by(ada, by=member_actor(acme, role), key_ids={token.key_id})
    assert error.value.required_role == Role.ADMINISTRATOR
    assert AccessToken.objects.usable().count() == 1
    assert not Event.objects.exists()


def test_owners_of_another_workspace_can_not_disable_the_tokens(ada, create_token):
    create_token()
    with pytest.raises(NotAllowed):
        disable_tokens_created_by(ada, by=member_actor(WorkspaceFactory()))


@pytest.mark.parametrize("number", [3, 300])
def test_disabling_needs_few_queries_for_many_tokens(acme, ada, administrator, number):
    rows = AccessTokenFactory.build_batch(number, workspace=acme, creator=ada.user)
    AccessToken.objects.bulk_create(rows, batch_size=100)
    with CaptureQueriesContext(connection) as queries:
        assert disable_tokens_created_by(ada, by=administrator) == number
    assert len(queries) <= 16
