from datetime import UTC, datetime, timedelta

import pytest

from access_tokens.models import Status, find_statuses
from workspaces.permissions import ALL_ROLES, Role, role_bits

pytestmark = pytest.mark.same_on_each_database
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ACTIVE = {
    "workspace_deleted_at": None,
    "disabled_at": None,
    "expires_at": None,
    "scope": Role.TEAM_MEMBER,
    "available_roles": ALL_ROLES,
}


@pytest.mark.parametrize(
    ("fields", "statuses"),
    [
        ({}, [Status.ACTIVE]),
        ({"expires_at": NOW + timedelta(microseconds=1)}, [Status.ACTIVE]),
        ({"expires_at": NOW}, [Status.EXPIRED]),
        ({"disabled_at": NOW + timedelta(days=1)}, [Status.DISABLED]),
        ({"workspace_deleted_at": NOW}, [Status.WORKSPACE_DELETED]),
        ({"available_roles": role_bits(Role.OWNER)}, [Status.SCOPE_UNAVAILABLE]),
        (
            {
                "workspace_deleted_at": NOW,
                "disabled_at": NOW,
                "expires_at": NOW,
                "available_roles": role_bits(Role.OWNER),
            },
            [Status.WORKSPACE_DELETED, Status.DISABLED, Status.EXPIRED, Status.SCOPE_UNAVAILABLE],
        ),
    ],
)
def test_every_status_that_applies_is_returned_in_order(fields, statuses):
    assert find_statuses(**{**ACTIVE, **fields}, at=NOW) == statuses
