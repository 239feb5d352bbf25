"""What the demo holds: something of everything."""

import pytest

from access_tokens import sample_data
from access_tokens.authentication.bearer import Principal, authenticate
from access_tokens.models import AccessToken, Status
from accounts.models import User
from workspaces.models import Event, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
FIRST_PAGE = 25


@pytest.fixture
def loaded(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    assert not sample_data.is_loaded()
    facts = sample_data.load()
    assert sample_data.is_loaded()
    return facts


def statuses(workspace):
    return {frozenset(token.statuses()) for token in workspace.access_tokens.select_related("workspace")}


def test_each_role_has_its_person_and_each_scope_its_usable_token(loaded):
    northwind = Workspace.objects.get(slug="northwind")
    roles = {row.user.email: row.role for row in northwind.memberships.select_related("user")}
    assert set(roles.values()) == set(Role)
    operator = User.objects.get(email=loaded["users"].pop("operator"))
    assert operator.is_staff
    assert not operator.memberships.exists()
    assert list(loaded["users"].values()) == list(roles)
    for email in (*roles, operator.email):
        assert User.objects.get(email=email).check_password(loaded["password"])
    assert list(loaded["tokens"]) == [role.api_name for role in Role]
    for scope, token in loaded["tokens"].items():
        principal = authenticate(f"Bearer {token}")
        assert isinstance(principal, Principal)
        assert (principal.workspace, principal.scope.api_name) == (northwind, scope)
        assert principal.token.expires_at is None


def test_northwind_has_a_token_in_every_state_on_its_first_page(loaded):
    northwind = Workspace.objects.get(slug="northwind")
    assert statuses(northwind) == {
        frozenset({Status.ACTIVE}),
        frozenset({Status.DISABLED}),
        frozenset({Status.EXPIRED}),
        frozenset({Status.DISABLED, Status.EXPIRED}),
    }
    tokens = northwind.access_tokens.all()
    assert any(token.is_active and token.days_left is not None for token in tokens)
    assert any(token.last_used_at is None for token in tokens)
    assert any(token.last_used_at is not None for token in tokens)
    assert len(tokens) <= FIRST_PAGE
    assert northwind.projects.exists()


def test_fabrikam_has_people_of_its_own_and_a_scope_that_is_off(loaded):
    fabrikam = Workspace.objects.get(slug="fabrikam")
    northwinds = fabrikam.memberships.filter(user__email__endswith="@northwind.example")
    assert [(row.user.email, row.role) for row in northwinds] == [("owner@northwind.example", Role.VIEWER)]
    assert not fabrikam.is_role_available(Role.TEAM_MEMBER)
    assert statuses(fabrikam) == {frozenset({Status.ACTIVE}), frozenset({Status.SCOPE_UNAVAILABLE})}


def test_it_is_made_by_the_operations_with_their_events(loaded):
    assert Event.objects.filter(event_type="token.created").count() == AccessToken.objects.count()


def test_more_tokens_open_like_any(loaded):
    before = AccessToken.objects.count()
    told: list[int] = []
    sample_data.add_tokens(60, advance=told.append)
    assert sum(told) == 60
    assert AccessToken.objects.count() == before + 60
    assert {Status.ACTIVE, Status.DISABLED, Status.EXPIRED} <= {token.status for token in AccessToken.objects.all()}
