import pytest

from access_tokens import sample_data
from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.models import AccessToken, Status
from accounts.models import User
from workspaces.models import Event, Workspace
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
ROWS_PER_PAGE = 25


@pytest.fixture
def loaded(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    assert not sample_data.is_loaded()
    contents = sample_data.load()
    assert sample_data.is_loaded()
    return contents


def statuses(workspace):
    return {frozenset(token.statuses()) for token in workspace.access_tokens.select_related("workspace")}


def test_each_role_has_a_member_who_can_sign_in(loaded):
    northwind = Workspace.objects.get(slug="northwind")
    roles = {row.user.email: row.role for row in northwind.memberships.select_related("user")}
    assert set(roles.values()) == set(Role)
    operator = User.objects.get(email=loaded["users"].pop("operator"))
    assert operator.is_staff
    assert not operator.memberships.exists()
    assert list(loaded["users"].values()) == list(roles)
    for email in (*roles, operator.email):
        assert User.objects.get(email=email).check_password(loaded["password"])


def test_each_scope_has_a_non_expiring_token(loaded):
    northwind = Workspace.objects.get(slug="northwind")
    assert list(loaded["tokens"]) == [role.api_name for role in Role]
    for scope, token in loaded["tokens"].items():
        principal = authenticate(f"Bearer {token}")
        assert isinstance(principal, Principal)
        assert (principal.workspace, principal.scope.api_name) == (northwind, scope)
        assert principal.token.expires_at is None


def test_first_page_of_northwind_has_tokens_with_every_status(loaded):
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
    assert len(tokens) <= ROWS_PER_PAGE
    assert northwind.projects.exists()


def test_fabrikam_has_its_own_members_and_an_unavailable_scope(loaded):
    fabrikam = Workspace.objects.get(slug="fabrikam")
    shared = fabrikam.memberships.filter(user__email__endswith="@northwind.example")
    assert [(row.user.email, row.role) for row in shared] == [("owner@northwind.example", Role.VIEWER)]
    assert not fabrikam.is_role_available(Role.TEAM_MEMBER)
    assert statuses(fabrikam) == {frozenset({Status.ACTIVE}), frozenset({Status.SCOPE_UNAVAILABLE})}


def test_sample_tokens_are_in_the_event_log(loaded):
    assert Event.objects.filter(event_type="token.created").count() == AccessToken.objects.count()


def test_additional_tokens_have_different_statuses_and_can_be_copied(loaded):
    before = set(AccessToken.objects.values_list("pk", flat=True))
    progress: list[int] = []
    sample_data.add_tokens(60, advance=progress.append)
    assert sum(progress) == 60
    additional = AccessToken.objects.exclude(pk__in=before)
    assert {Status.ACTIVE, Status.DISABLED, Status.EXPIRED} <= {token.status for token in additional}
    assert all(token.decrypt_copy().startswith(f"lkey_{token.key_id}") for token in additional)
    assert len(additional) == 60
