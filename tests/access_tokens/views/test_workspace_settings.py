import pytest
from django.utils.html import escape

from tests.access_tokens.views.console_client import page_text, toasts
from tests.factories import MembershipFactory, make_token
from tests.roles import EACH_ROLE
from workspaces.models import Event, Workspace
from workspaces.permissions import Permission, Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@EACH_ROLE
def test_member_sees_the_forms_of_settings_they_can_change(as_member, role):
    page = as_member(role).get("settings").text
    assert 'id="leave"' in page
    assert ('action="/workspace/acme/settings/name"' in page) == (role >= Role.WORKSPACE_MANAGER)
    for section in ("save-roles", "save-copy-policy", "save-rate-limit", "save-expiry-policy", "delete-workspace"):
        assert (f'id="{section}"' in page) == (role == Role.OWNER)
    for permission in Permission:
        assert escape(permission.description) in page
    assert '<code id="slug">acme</code>' in page


def test_workspace_is_renamed(as_member):
    manager = as_member(Role.WORKSPACE_MANAGER)
    response = manager.post("rename_workspace", data={"name": "Globex"})
    assert response.url == manager.url("settings")
    assert toasts(response) == ["The workspace was renamed."]
    assert Workspace.objects.get().name == "Globex"
    assert Event.objects.get().changes == {"name": ["Acme", "Globex"]}


def test_invalid_name_is_shown_with_an_error(owner):
    response = owner.post("rename_workspace", data={"name": "  "})
    assert response.status_code == 422
    assert "Enter a name of 1 to 100 characters." in response.text
    assert not Event.objects.exists()


def test_switching_off_a_role_asks_first_if_tokens_have_that_scope(owner, acme):
    make_token(acme, Role.TEAM_MEMBER)
    roles = [role.api_name for role in Role if role != Role.TEAM_MEMBER]
    dialog = owner.post("roles", data={"roles": roles})
    assert "Switch off roles?" in dialog.text
    assert "Team Member: 1 token" in page_text(dialog)
    assert Workspace.objects.get().is_role_available(Role.TEAM_MEMBER)
    saved = owner.post("roles", data={"roles": roles, "confirmed": "1"})
    assert saved.url == owner.url("settings")
    assert toasts(saved) == ["The available roles were changed."]
    assert not Workspace.objects.get().is_role_available(Role.TEAM_MEMBER)


def test_role_that_members_have_is_not_switched_off_even_if_confirmed(owner, acme):
    MembershipFactory(workspace=acme, role=Role.VIEWER)
    response = owner.post("roles", data={"roles": ["owner"], "confirmed": "1"})
    assert "1 member has the role Viewer." in toasts(response)[0]
    assert Workspace.objects.get().roles == list(Role)


def test_owner_role_is_not_switched_off(owner):
    owner.post("roles", data={"confirmed": "1"})
    assert Workspace.objects.get().roles == [Role.OWNER]
