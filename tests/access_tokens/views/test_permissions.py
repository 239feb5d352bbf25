"""Tests of access to each view. `tests/test_permission_table.py` tests each action with each role."""

import pytest
from django.urls import reverse

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, member, new_token
from tests.factories import UserFactory, WorkspaceFactory, make_token
from tests.roles import EACH_ROLE
from workspaces.models import Event
from workspaces.permissions import MINIMUM_ROLE, Permission, Role, role_has_permission

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

PAGES = {
    "list": Permission.VIEW_WORKSPACE,
    "create": Permission.CREATE_TOKENS,
    "check_label": Permission.CREATE_TOKENS,
    "settings": Permission.VIEW_WORKSPACE,
    "delete_workspace": Permission.DELETE_WORKSPACE,
}
TOKEN_PAGES = {
    "details": Permission.VIEW_WORKSPACE,
    "edit": Permission.EDIT_TOKENS,
    "delete": Permission.DELETE_TOKENS,
    "rotate": Permission.ROTATE_TOKENS,
}
TOKEN_CHANGES = {"enable", "disable", "disable_child_tokens", "delete", "copy", "edit", "rotate", "end_rotation"}


@EACH_ROLE
@pytest.mark.parametrize("view", [*PAGES, *TOKEN_PAGES])
def test_page_is_forbidden_below_the_required_role_and_names_it(acme, token, as_member, role, view):
    permission = {**PAGES, **TOKEN_PAGES}[view]
    as_member(Role.OWNER)
    response = as_member(role).get(view, token if view in TOKEN_PAGES else None)
    assert response.status_code == (200 if role_has_permission(role, permission) else 403)
    if response.status_code == 403:
        assert MINIMUM_ROLE[permission].label in response.text
        for owner in acme.memberships.active_owners():
            assert f"mailto:{owner.user.email}" in response.text


@pytest.mark.parametrize("view", sorted(TOKEN_CHANGES))
def test_forbidden_change_changes_nothing_and_records_no_event(token, as_member, view):
    before = AccessToken.objects.values().get()
    response = as_member(Role.TEAM_MEMBER).post(view, token, new_token())
    assert response.status_code == 403
    assert AccessToken.objects.values().get() == before
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("view", "data"),
    [("edit", new_token(expires="keep")), ("copy", {}), ("enable", {}), ("rotate", {"overlap": "now"})],
)
def test_action_that_grants_access_is_forbidden_on_tokens_above_the_members_role(acme, as_member, view, data):
    token = make_token(acme, Role.OWNER)
    response = as_member(Role.ADMINISTRATOR).post(view, token.row, data)
    assert response.status_code == 403
    assert token.plaintext not in response.text
    assert "Owner" in response.text


@pytest.mark.parametrize("view", ["disable", "delete"])
def test_action_that_removes_access_is_allowed_on_tokens_above_the_members_role(acme, as_member, view):
    token = make_token(acme, Role.OWNER)
    assert as_member(Role.ADMINISTRATOR).post(view, token.row).status_code == 302


@EACH_ROLE
@pytest.mark.parametrize("view", [*PAGES, *TOKEN_PAGES, "disable_child_tokens"])
def test_page_of_another_workspace_is_not_found(acme, token, role, view):
    stranger = member(WorkspaceFactory(), role)
    stranger.workspace = acme
    assert stranger.get(view, None if view in PAGES else token).status_code == 404


@pytest.mark.parametrize("view", [*sorted(TOKEN_CHANGES), "create", "columns", "roles", "copy_policy"])
def test_change_in_another_workspace_is_not_found(acme, token, view):
    stranger = member(WorkspaceFactory(), Role.OWNER)
    stranger.workspace = acme
    before = AccessToken.objects.values().get()
    response = stranger.post(view, token if view in TOKEN_CHANGES else None, new_token())
    assert response.status_code == 404
    assert AccessToken.objects.values().get() == before


@pytest.mark.parametrize("view", sorted(TOKEN_CHANGES))
def test_token_of_another_workspace_is_not_found(owner, view):
    foreign = make_token(WorkspaceFactory()).row
    assert owner.post(view, foreign, new_token()).status_code == 404


@pytest.mark.parametrize("view", ["enable", "disable", "copy", "end_rotation"])
def test_change_of_a_token_rejects_get(owner, token, view):
    assert owner.get(view, token).status_code == 405


@pytest.mark.parametrize("view", ["columns", "roles", "copy_policy", "rate_limit", "expiry_policy"])
def test_change_of_a_setting_rejects_get(owner, view):
    assert owner.get(view).status_code == 405


@pytest.mark.parametrize("view", ["list", "settings", "check_label"])
def test_page_rejects_post(owner, view):
    assert owner.post(view).status_code == 405


def test_view_redirects_to_the_sign_in_page_without_a_session(client, acme, token):
    for view in [*PAGES, *TOKEN_CHANGES]:
        url = reverse(f"access_tokens:{view}", args=[acme.slug, *([token.key_id] if view in TOKEN_CHANGES else [])])
        response = client.get(url)
        assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login")), view


def test_htmx_request_without_a_session_redirects_the_browser(client, acme):
    page = f"http://testserver/workspace/{acme.slug}/access-tokens?q=x"
    response = client.get(f"/workspace/{acme.slug}/access-tokens/new", headers={**HTMX, "HX-Current-URL": page})
    assert response.headers["HX-Redirect"] == "/accounts/login?next=/workspace/acme/access-tokens%3Fq%3Dx"


def test_forbidden_htmx_request_receives_plain_text(as_member, token):
    response = as_member(Role.VIEWER).post("disable", token, htmx=True)
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Administrator" in response.text


def test_access_token_opens_no_page_even_with_a_session(owner, issued):
    response = owner.get("list", headers={"Authorization": f"Bearer {issued.plaintext}"})
    assert response.status_code == 403
    assert "Access tokens" in response.text


def test_deactivated_user_is_signed_out(owner):
    owner.user.is_active = False
    owner.user.save()
    assert owner.get("list").status_code == 302


def test_user_without_a_membership_finds_no_workspace(acme, client):
    client.force_login(UserFactory())
    assert client.get("/workspace/acme/access-tokens").status_code == 404
    assert "Acme" not in client.get("/workspaces").text
