"""Who may open each view, and what a refusal says. Each action by each role is in `tests/test_permission_table.py`."""

import pytest
from django.urls import reverse

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, member, new_token
from tests.factories import UserFactory, WorkspaceFactory, make_token
from workspaces.models import Event
from workspaces.permissions import MINIMUM_ROLE, Permission, Role, role_has_permission

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

SAFE = {
    "list": Permission.VIEW_WORKSPACE,
    "create": Permission.CREATE_TOKENS,
    "check_label": Permission.CREATE_TOKENS,
    "settings": Permission.VIEW_WORKSPACE,
    "delete_workspace": Permission.DELETE_WORKSPACE,
}
SAFE_OF_A_TOKEN = {
    "edit": Permission.EDIT_TOKENS,
    "delete": Permission.DELETE_TOKENS,
}
CHANGING = {"enable", "disable", "delete", "copy", "disable_child_tokens", "edit"}


@pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)
@pytest.mark.parametrize("view", [*SAFE, *SAFE_OF_A_TOKEN])
def test_a_page_opens_for_who_may_and_tells_others_which_role_they_need(acme, token, as_member, role, view):
    permission = {**SAFE, **SAFE_OF_A_TOKEN}[view]
    as_member(Role.OWNER)
    response = as_member(role).get(view, token if view in SAFE_OF_A_TOKEN else None)
    assert response.status_code == (200 if role_has_permission(role, permission) else 403)
    if response.status_code == 403:
        assert MINIMUM_ROLE[permission].label in response.text
        for owner in acme.memberships.active_owners():
            assert f"mailto:{owner.user.email}" in response.text


@pytest.mark.parametrize("view", sorted(CHANGING))
def test_a_refused_change_changes_nothing_and_writes_no_event(token, as_member, view):
    before = AccessToken.objects.values().get()
    response = as_member(Role.TEAM_MEMBER).post(view, token, new_token())
    assert response.status_code == 403
    assert AccessToken.objects.values().get() == before
    assert not Event.objects.exists()


@pytest.mark.parametrize(("view", "data"), [("edit", new_token(expires="keep")), ("copy", {}), ("enable", {})])
def test_nobody_lends_more_power_than_they_hold(acme, as_member, view, data):
    above = make_token(acme, Role.OWNER)
    person = as_member(Role.ADMINISTRATOR)
    response = person.post(view, above.row, data)
    assert response.status_code == 403
    assert above.plaintext not in response.text
    assert "This needs the role Owner: it gives or uses the power of an Owner." in response.text


@pytest.mark.parametrize("view", ["disable", "delete"])
def test_power_that_is_only_taken_away_may_stand_above_mine(acme, as_member, view):
    above = make_token(acme, Role.OWNER)
    assert as_member(Role.ADMINISTRATOR).post(view, above.row).status_code == 302


def test_a_scope_above_my_role_is_not_given_by_hand(as_member):
    response = as_member(Role.WORKSPACE_MANAGER).post("create", data=new_token(scope=Role.OWNER.value))
    assert response.status_code == 422
    assert "Choose one of the scopes on offer." in response.text
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)
@pytest.mark.parametrize(
    "view", ["list", "create", "check_label", "settings", "edit", "delete", "disable_child_tokens"]
)
def test_another_workspace_is_not_found_whatever_my_role(acme, token, role, view):
    stranger = member(WorkspaceFactory(), role)
    stranger.workspace = acme
    key = token if view in {*SAFE_OF_A_TOKEN, "disable_child_tokens"} else None
    assert stranger.get(view, key).status_code == 404


@pytest.mark.parametrize("view", [*sorted(CHANGING), "create", "columns", "roles", "copy_policy"])
def test_another_workspace_is_not_changed_either(acme, token, view):
    stranger = member(WorkspaceFactory(), Role.OWNER)
    stranger.workspace = acme
    before = AccessToken.objects.values().get()
    response = stranger.post(view, token if view in CHANGING else None, new_token())
    assert response.status_code == 404
    assert AccessToken.objects.values().get() == before


@pytest.mark.parametrize("view", sorted(CHANGING))
def test_a_token_of_another_workspace_is_not_found_in_mine(owner, view):
    foreign = make_token(WorkspaceFactory()).row
    assert owner.post(view, foreign, new_token()).status_code == 404


@pytest.mark.parametrize("view", ["enable", "disable", "copy"])
def test_what_changes_something_takes_no_get(owner, token, view):
    assert owner.get(view, token).status_code == 405


@pytest.mark.parametrize("view", ["columns", "roles", "copy_policy"])
def test_settings_are_not_changed_by_get(owner, view):
    assert owner.get(view).status_code == 405


@pytest.mark.parametrize("view", ["list", "settings", "check_label"])
def test_what_shows_something_takes_no_post(owner, view):
    assert owner.post(view).status_code == 405


def test_without_a_sign_in_every_view_leads_to_it(client, acme, token):
    for view in [*SAFE, *CHANGING]:
        url = reverse(f"access_tokens:{view}", args=[acme.slug, *([token.key_id] if view in CHANGING else [])])
        response = client.get(url)
        assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login")), view


def test_htmx_without_a_sign_in_is_led_away_by_the_browser(client, acme):
    page = f"http://testserver/workspace/{acme.slug}/access-tokens?q=x"
    response = client.get(f"/workspace/{acme.slug}/access-tokens/new", headers={**HTMX, "HX-Current-URL": page})
    assert response.headers["HX-Redirect"] == "/accounts/login?next=/workspace/acme/access-tokens%3Fq%3Dx"


def test_a_refusal_for_htmx_is_plain_words(as_member, token):
    response = as_member(Role.VIEWER).post("disable", token, htmx=True)
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text == "This needs the role Administrator or above in Acme."


def test_a_token_opens_no_page_even_beside_a_session(owner, made):
    response = owner.get("list", headers={"Authorization": f"Bearer {made.plaintext}"})
    assert response.status_code == 403
    assert "Access tokens are for the API only" in response.text


def test_who_is_deactivated_is_signed_out(owner):
    owner.user.is_active = False
    owner.user.save()
    assert owner.get("list").status_code == 302


def test_who_belongs_to_no_workspace_finds_none(acme, client):
    client.force_login(UserFactory())
    assert client.get("/workspace/acme/access-tokens").status_code == 404
    assert "You belong to no workspace yet" in client.get("/workspaces").text
