"""Every role × every permission × both faces. A permission without a cell on a face has to be excused by name."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from django.urls import URLResolver
from django.utils import timezone

import access_tokens.urls
import workspaces.urls
from tests.access_tokens.views.console_permissions import (
    CONSOLE_ATTEMPTS,
    EXEMPT_VIEWS,
    PERMISSIONS_NOT_IN_CONSOLE,
    is_allowed_in_console,
)
from tests.conftest import Api
from tests.factories import (
    InvitationFactory,
    IssuedToken,
    MembershipFactory,
    ProjectFactory,
    WorkspaceFactory,
    make_token,
)
from tokens_site.api import api as ninja_api
from workspaces.models import Event
from workspaces.permissions import MINIMUM_ROLE, Permission, Role, role_has_permission

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

type Attempt = Callable[[Api, str, IssuedToken, IssuedToken], Any]
"""Calls the API as its last but one argument; the last one is another token of the same workspace, a Viewer."""

ALL_ROLES = [role.api_name for role in Role]
NEW_TOKEN = {"label": "CI", "scope": "viewer"}
NEW_INVITATION = {"email": "ada@acme.example", "role": "viewer"}


def project_of(caller):
    return f"/projects/{ProjectFactory(workspace=caller.row.workspace).pk}"


def member_of(caller):
    return f"/members/{MembershipFactory(workspace=caller.row.workspace, role=Role.VIEWER).user.email}"


def invitation_of(caller):
    return f"/invitations/{InvitationFactory(workspace=caller.row.workspace).pk}"


def disabled(workspace):
    return make_token(workspace, disabled_at=timezone.now()).row


API: dict[Permission, dict[str, Attempt]] = {
    Permission.VIEW_WORKSPACE: {
        "get_workspace": lambda api, url, me, other: api.get(url, me),
        "list_access_tokens": lambda api, url, me, other: api.get(f"{url}/access-tokens", me),
        "get_access_token": lambda api, url, me, other: api.get(f"{url}/access-tokens/{other.row.key_id}", me),
        "list_projects": lambda api, url, me, other: api.get(f"{url}/projects", me),
        "get_project": lambda api, url, me, other: api.get(url + project_of(me), me),
        "list_members": lambda api, url, me, other: api.get(f"{url}/members", me),
        "get_member": lambda api, url, me, other: api.get(url + member_of(me), me),
        "list_roles": lambda api, url, me, other: api.get(f"{url}/roles", me),
    },
    Permission.MANAGE_MEMBERS: {
        "update_member": lambda api, url, me, other: api.patch(url + member_of(me), me, {"role": "viewer"}),
        "remove_member": lambda api, url, me, other: api.delete(url + member_of(me), me),
        "list_invitations": lambda api, url, me, other: api.get(f"{url}/invitations", me),
        "get_invitation": lambda api, url, me, other: api.get(url + invitation_of(me), me),
        "create_invitation": lambda api, url, me, other: api.post(f"{url}/invitations", me, NEW_INVITATION),
        "resend_invitation": lambda api, url, me, other: api.post(f"{url}{invitation_of(me)}/resend", me),
        "revoke_invitation": lambda api, url, me, other: api.delete(url + invitation_of(me), me),
    },
    Permission.VIEW_EVENTS: {
        "list_events": lambda api, url, me, other: api.get(f"{url}/events", me),
    },
    Permission.CONFIGURE_ROLES: {
        "set_available_roles": lambda api, url, me, other: api.put(f"{url}/roles", me, {"available": ALL_ROLES}),
    },
    Permission.MANAGE_SELF: {
        "disable_access_token": lambda api, url, me, other: api.post(
            f"{url}/access-tokens/{me.row.key_id}/disable", me
        ),
        "rotate_access_token": lambda api, url, me, other: api.post(f"{url}/access-tokens/{me.row.key_id}/rotate", me),
        "end_rotation": lambda api, url, me, other: api.delete(f"{url}/access-tokens/{me.row.key_id}/rotation", me),
    },
    Permission.RENAME_WORKSPACE: {
        "update_workspace": lambda api, url, me, other: api.patch(url, me, {"name": "Globex"}),
    },
    Permission.SET_COPY_POLICY: {
        "update_workspace": lambda api, url, me, other: api.patch(url, me, {"copy_policy": "show_once"}),
    },
    Permission.SET_RATE_LIMIT: {
        "update_workspace": lambda api, url, me, other: api.patch(url, me, {"requests_per_minute": 30}),
    },
    Permission.ROTATE_TOKENS: {
        "rotate_access_token": lambda api, url, me, other: api.post(
            f"{url}/access-tokens/{other.row.key_id}/rotate", me
        ),
        "end_rotation": lambda api, url, me, other: api.delete(f"{url}/access-tokens/{other.row.key_id}/rotation", me),
    },
    Permission.EDIT_PROJECTS: {
        "create_project": lambda api, url, me, other: api.post(f"{url}/projects", me, {"name": "Site"}),
        "update_project": lambda api, url, me, other: api.patch(
            url + project_of(me), me, {"name": "Shop", "archived": True}
        ),
    },
    Permission.DELETE_PROJECTS: {
        "delete_project": lambda api, url, me, other: api.delete(url + project_of(me), me),
    },
    Permission.CREATE_TOKENS: {
        "create_access_token": lambda api, url, me, other: api.post(f"{url}/access-tokens", me, NEW_TOKEN),
    },
    Permission.EDIT_TOKENS: {
        "update_access_token": lambda api, url, me, other: api.patch(
            f"{url}/access-tokens/{other.row.key_id}", me, {"label": "New"}
        ),
    },
    Permission.ENABLE_TOKENS: {
        "enable_access_token": lambda api, url, me, other: api.post(
            f"{url}/access-tokens/{disabled(me.row.workspace).key_id}/enable", me
        ),
    },
    Permission.DISABLE_TOKENS: {
        "disable_access_token": lambda api, url, me, other: api.post(
            f"{url}/access-tokens/{other.row.key_id}/disable", me
        ),
    },
    Permission.SET_EXPIRY_POLICY: {
        "update_workspace": lambda api, url, me, other: api.patch(url, me, {"max_lifetime_days": 30}),
    },
    Permission.DELETE_WORKSPACE: {
        "delete_workspace": lambda api, url, me, other: api.delete(f"{url}?name={quote(me.row.workspace.name)}", me),
    },
    Permission.DELETE_TOKENS: {
        "delete_access_token": lambda api, url, me, other: api.delete(f"{url}/access-tokens/{other.row.key_id}", me),
    },
}
NOT_IN_THE_API = {
    Permission.COPY_TOKENS: "a secret is in the answer that creates it and in no other",
    Permission.VIEW_MEMBER_ACTIVITY: "no endpoint yet",
    Permission.MANAGE_OWNERS: "no endpoint yet",
}
FOR_EVERY_TOKEN = {
    *("get_me", "delete_me", "rotate_me", "end_my_rotation"),
    *("list_workspaces", "introspect", "authorize"),
}
"""What any active token may ask, whatever its scope."""

FACES = {
    "api": (set(API), set(NOT_IN_THE_API)),
    "console": (set(CONSOLE_ATTEMPTS), set(PERMISSIONS_NOT_IN_CONSOLE)),
}
DONE = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}
CELLS = [(permission, name) for permission, attempts in API.items() for name in attempts]
CONSOLE_CELLS = [(permission, name) for permission, attempts in CONSOLE_ATTEMPTS.items() for name in attempts]
ROLES = pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)


@pytest.mark.parametrize("face", FACES)
def test_every_permission_has_a_cell_on_each_face_or_an_excuse(face):
    reachable, excused = FACES[face]
    assert reachable | excused == set(Permission)
    assert not reachable & excused


def test_every_endpoint_has_a_cell():
    operations = {
        operation.operation_id
        for _, router in ninja_api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    }
    assert operations == {name for _, name in CELLS} | FOR_EVERY_TOKEN


def test_every_view_of_the_console_has_a_cell():
    views = set(console_views("", access_tokens.urls)) | set(console_views("workspaces:", workspaces.urls))
    assert views == {name for _, name in CONSOLE_CELLS} | EXEMPT_VIEWS


def console_views(prefix, urls):
    """The names of the views of an app, with `prefix` before each."""
    for pattern in getattr(urls, "urlpatterns", urls):
        if isinstance(pattern, URLResolver):
            yield from console_views(prefix, pattern.url_patterns)
        else:
            yield prefix + pattern.name


@ROLES
@pytest.mark.parametrize(("permission", "name"), CELLS)
def test_a_token_may_do_what_the_table_says_and_nothing_else(api, permission, name, role):
    workspace = WorkspaceFactory()
    caller, other = make_token(workspace, role), make_token(workspace)
    response = API[permission][name](api, f"/api/v1/workspaces/{workspace.slug}", caller, other)
    if role_has_permission(role, permission):
        assert response.status_code in DONE
        return
    least = MINIMUM_ROLE[permission].api_name
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response.json()["required_scope"] == least
    assert f'error="insufficient_scope", scope="{least}"' in response.headers["WWW-Authenticate"]
    assert not Event.objects.exists()


@ROLES
@pytest.mark.parametrize(("permission", "name"), CONSOLE_CELLS)
def test_a_member_may_do_what_the_table_says_and_nothing_else(permission, name, role):
    assert is_allowed_in_console(permission, name, role) == role_has_permission(role, permission)
    if not role_has_permission(role, permission):
        assert not Event.objects.exists()


@ROLES
@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/workspaces"])
def test_a_token_of_any_scope_is_told_of_itself(api, path, role):
    assert api.get(path, make_token(scope=role)).status_code == HTTPStatus.OK


@ROLES
def test_a_token_of_any_scope_may_revoke_itself(api, role):
    me = make_token(scope=role)
    assert api.delete("/api/v1/me", me).status_code == HTTPStatus.NO_CONTENT
    assert api.get("/api/v1/me", me).status_code == HTTPStatus.UNAUTHORIZED
    assert Event.objects.get().event_type == "token.deleted"


@ROLES
@pytest.mark.parametrize(("permission", "name"), CELLS)
def test_in_another_workspace_nothing_is_there_for_anybody(api, permission, name, role):
    """404, never 403, whatever the scope."""
    caller, elsewhere = make_token(scope=role), WorkspaceFactory()
    url = f"/api/v1/workspaces/{elsewhere.slug}"
    response = API[permission][name](api, url, caller, make_token(elsewhere))
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert not Event.objects.exists()
