import pytest
from django.core.exceptions import ValidationError

from access_tokens.operations import set_rate_limit
from tests.access_tokens.operations.common import ROLES, Unchanged, assert_needs, only_event
from tests.factories import WorkspaceFactory, member_actor
from workspaces.models import Workspace
from workspaces.permissions import Permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return WorkspaceFactory()


def test_it_holds_for_each_token_and_is_told(acme):
    set_rate_limit(acme, 30, by=member_actor(acme))
    assert Workspace.objects.get(pk=acme.pk).requests_per_minute == 30
    event = only_event()
    assert (event.event_type, event.changes) == ("workspace.rate_limit_changed", {"requests_per_minute": [None, 30]})


def test_none_brings_the_operators_default_back(acme, settings):
    settings.RATE_LIMIT = 100
    by = member_actor(acme)
    set_rate_limit(acme, 30, by=by)
    assert set_rate_limit(acme, None, by=by).requests_per_minute == 100


def test_the_same_again_tells_nothing(acme):
    with Unchanged():
        set_rate_limit(acme, None, by=member_actor(acme))


@pytest.mark.parametrize("calls", [-1, 0, 6001])
def test_what_the_operator_does_not_allow_is_refused(acme, calls):
    with Unchanged(), pytest.raises(ValidationError, match="from 1 to 6000"):
        set_rate_limit(acme, calls, by=member_actor(acme))


def test_a_ceiling_that_was_lowered_since_holds_too(acme, settings):
    set_rate_limit(acme, 5000, by=member_actor(acme))
    settings.RATE_LIMIT_CEILING = 1000
    assert Workspace.objects.get(pk=acme.pk).requests_per_minute == 1000


@ROLES
def test_who_may(acme, role):
    assert_needs(Permission.SET_RATE_LIMIT, role, set_rate_limit, acme, 30, by=member_actor(acme, role))
