"""Parameters for tests that run once for each role."""

import pytest

from workspaces.permissions import Role

EACH_ROLE = pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)
EACH_SCOPE = pytest.mark.parametrize("scope", Role, ids=lambda role: role.api_name)
