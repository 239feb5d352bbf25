"""Rows that a contender adds are deleted after its turn."""

import pytest

from access_tokens.models import AccessToken
from accounts.models import User
from tests.benchmarks.rows import NewRows
from tests.factories import AccessTokenFactory, EventFactory, UserFactory
from workspaces.models import Event

pytestmark = pytest.mark.django_db


def test_only_rows_that_were_added_afterwards_are_deleted():
    kept = AccessTokenFactory()
    users = User.objects.count()
    new_rows = NewRows()
    AccessTokenFactory(parent=kept, workspace=kept.workspace)
    EventFactory(workspace=kept.workspace)
    UserFactory()
    new_rows.delete()
    assert list(AccessToken.objects.all()) == [kept]
    assert not Event.objects.exists()
    assert User.objects.count() == users


def test_added_rows_are_deleted_after_every_turn():
    new_rows = NewRows()
    for _ in range(2):
        AccessTokenFactory()
        new_rows.delete()
        assert not AccessToken.objects.exists()
