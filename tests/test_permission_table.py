"""Each role with each permission, in the API and in the console; and each URL declares the permission it requires."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from tests.access_tokens.views.console_permissions import (
    CONSOLE_ATTEMPTS,
    EXEMPT_VIEWS,
    PERMISSIONS_NOT_IN_CONSOLE,
    is_allowed_in_console,
)
from tests.contract.document import present
from tests.factories import InvitationFactory, MembershipFactory, ProjectFactory, WorkspaceFactory, make_token
from tests.roles import EACH_ROLE
from workspaces.models import Event
from workspaces.permissions import MINIMUM_ROLE, Permission, Role, role_has_permission

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


class ApiRequest(NamedTuple):
    """A request to a workspace that needs a permission. `Placeholders` fills in its path."""

    permission: Permission
    operation: str
    method: str
    path: str
    body: dict[str, Any] | None = None


class Placeholders(dict[str, str]):
    """Creates what the path of a request names, in the caller's workspace."""

    def __init__(self, caller):
        self.caller, self.workspace = caller, caller.row.workspace

    def __missing__(self, name):
        workspace = self.workspace
        match name:
            case "own":
                return self.caller.row.key_id
            case "token":
                return make_token(workspace).row.key_id
            case "disabled":
                return make_token(workspace, disabled_at=timezone.now()).row.key_id
            case "project":
                return str(ProjectFactory(workspace=workspace).pk)
            case "member":
                return MembershipFactory(workspace=workspace, role=Role.VIEWER).user.email
            case "invitation":
                return str(InvitationFactory(workspace=workspace).pk)
            case "name":
                return quote(workspace.name)
        raise KeyError(name)


P = Permission
API_REQUESTS = [
    ApiRequest(P.VIEW_WORKSPACE, "get_workspace", "get", ""),
    ApiRequest(P.VIEW_WORKSPACE, "list_access_tokens", "get", "/access-tokens"),
    ApiRequest(P.VIEW_WORKSPACE, "get_access_token", "get", "/access-tokens/{token}"),
    ApiRequest(P.VIEW_WORKSPACE, "list_projects", "get", "/projects"),
    ApiRequest(P.VIEW_WORKSPACE, "get_project", "get", "/projects/{project}"),
    ApiRequest(P.VIEW_WORKSPACE, "list_members", "get", "/members"),
    ApiRequest(P.VIEW_WORKSPACE, "get_member", "get", "/members/{member}"),
    ApiRequest(P.VIEW_WORKSPACE, "list_roles", "get", "/roles"),
    ApiRequest(P.MANAGE_MEMBERS, "update_member", "patch", "/members/{member}", {"role": "viewer"}),
    ApiRequest(P.MANAGE_MEMBERS, "remove_member", "delete", "/members/{member}"),
    ApiRequest(P.MANAGE_MEMBERS, "list_invitations", "get", "/invitations"),
    ApiRequest(P.MANAGE_MEMBERS, "get_invitation", "get", "/invitations/{invitation}"),
    ApiRequest(
        P.MANAGE_MEMBERS, "create_invitation", "post", "/invitations", {"email": "ada@acme.example", "role": "viewer"}
    ),
    ApiRequest(P.MANAGE_MEMBERS, "resend_invitation", "post", "/invitations/{invitation}/resend"),
    ApiRequest(P.MANAGE_MEMBERS, "revoke_invitation", "delete", "/invitations/{invitation}"),
    ApiRequest(P.VIEW_EVENTS, "list_events", "get", "/events"),
    ApiRequest(
        P.CONFIGURE_ROLES, "set_available_roles", "put", "/roles", {"available": [role.api_name for role in Role]}
    ),
    ApiRequest(P.MANAGE_SELF, "disable_access_token", "post", "/access-tokens/{own}/disable"),
    ApiRequest(P.MANAGE_SELF, "rotate_access_token", "post", "/access-tokens/{own}/rotate"),
    ApiRequest(P.MANAGE_SELF, "end_rotation", "delete", "/access-tokens/{own}/rotation"),
    ApiRequest(P.MANAGE_SELF, "delete_access_token", "delete", "/access-tokens/{own}"),
    ApiRequest(P.RENAME_WORKSPACE, "update_workspace", "patch", "", {"name": "Globex"}),
    ApiRequest(P.SET_COPY_POLICY, "update_workspace", "patch", "", {"copy_policy": "show_once"}),
    ApiRequest(P.SET_RATE_LIMIT, "update_workspace", "patch", "", {"requests_per_minute": 30}),
    ApiRequest(P.SET_EXPIRY_POLICY, "update_workspace", "patch", "", {"max_lifetime_days": 30}),
    ApiRequest(P.ROTATE_TOKENS, "rotate_access_token", "post", "/access-tokens/{token}/rotate"),
    ApiRequest(P.ROTATE_TOKENS, "end_rotation", "delete", "/access-tokens/{token}/rotation"),
    ApiRequest(P.EDIT_PROJECTS, "create_project", "post", "/projects", {"name": "Site"}),
    ApiRequest(P.EDIT_PROJECTS, "update_project", "patch", "/projects/{project}", {"name": "Shop", "archived": True}),
    ApiRequest(P.DELETE_PROJECTS, "delete_project", "delete", "/projects/{project}"),
    ApiRequest(P.CREATE_TOKENS, "create_access_token", "post", "/access-tokens", {"label": "CI", "scope": "viewer"}),
    ApiRequest(P.EDIT_TOKENS, "update_access_token", "patch", "/access-tokens/{token}", {"label": "New"}),
    ApiRequest(P.ENABLE_TOKENS, "enable_access_token", "post", "/access-tokens/{disabled}/enable"),
    ApiRequest(P.DISABLE_TOKENS, "disable_access_token", "post", "/access-tokens/{token}/disable"),
    ApiRequest(P.DELETE_TOKENS, "delete_access_token", "delete", "/access-tokens/{token}"),
    ApiRequest(P.DELETE_WORKSPACE, "delete_workspace", "delete", "?name={name}"),
]
PERMISSIONS_NOT_IN_API = {
    Permission.COPY_TOKENS: "only the response that creates a secret contains it",
    Permission.VIEW_MEMBER_ACTIVITY: "no endpoint",
    Permission.MANAGE_OWNERS: "depends on the member: tests/workspaces/api/test_members.py",
}
OPERATIONS_WITH_ANY_SCOPE = {
    *("get_me", "delete_me", "rotate_me", "end_my_rotation"),
    *("list_workspaces", "introspect", "authorize"),
}
API_VIEWS_WITHOUT_PERMISSION = {
    "openapi-json": "public: the OpenAPI document",
    "openapi-view": "public: the page that shows it",
    "api-root": "not found: django-ninja adds it",
}
VIEWS_WITHOUT_PERMISSION = {
    "access_tokens:workspace_help": "redirects to workspace_guide, which checks",
}
SUCCESS = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}
EACH_REQUEST = pytest.mark.parametrize("attempt", API_REQUESTS, ids=lambda one: f"{one.permission}-{one.operation}")
CONSOLE_CELLS = [(permission, name) for permission, attempts in CONSOLE_ATTEMPTS.items() for name in attempts]


class Route(NamedTuple):
    """A URL pattern with its view's namespaced name and declared permission (None if it declares none)."""

    path: str
    name: str
    permission: Permission | None


def all_routes(resolver: URLResolver | None = None, prefix: str = "/", namespace: str = "") -> Iterator[Route]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from all_routes(pattern, path, inner)
        else:
            yield Route(path, f"{namespace}{pattern.name}", getattr(pattern.callback, "permission", None))


ROUTES = list(all_routes())
API_OPERATIONS = {route.name.removeprefix("api:") for route in ROUTES if route.path.startswith("/api/")} - set(
    API_VIEWS_WITHOUT_PERMISSION
)
WORKSPACE_VIEWS = [route for route in ROUTES if route.path.startswith("/workspace/<slug:slug>")]


def send(api, request, caller, slug):
    path = f"/api/v1/workspaces/{slug}{request.path}".format_map(Placeholders(caller))
    return api.request(request.method, path, caller, json=request.body)


def test_every_api_operation_declares_its_permission():
    """The decorator that checks the permission also writes `x-required-scope`."""
    operations = [one for methods in present()["paths"].values() for one in methods.values()]
    assert len(API_OPERATIONS) > 30
    assert {one["operationId"] for one in operations if "x-required-scope" in one} == API_OPERATIONS


def test_every_view_of_a_workspace_declares_its_permission():
    assert len(WORKSPACE_VIEWS) > 40
    undeclared = {route.name for route in WORKSPACE_VIEWS if route.permission is None}
    assert undeclared == set(VIEWS_WITHOUT_PERMISSION)


def test_every_permission_is_tested_in_the_api_and_the_console():
    assert {request.permission for request in API_REQUESTS} == set(Permission) - set(PERMISSIONS_NOT_IN_API)
    assert set(CONSOLE_ATTEMPTS) == set(Permission) - set(PERMISSIONS_NOT_IN_CONSOLE)


def test_every_api_operation_is_tested():
    assert {request.operation for request in API_REQUESTS} | OPERATIONS_WITH_ANY_SCOPE == API_OPERATIONS


def test_every_console_view_is_tested():
    apps = ("access_tokens:", "workspaces:")
    views = {route.name.removeprefix("access_tokens:") for route in ROUTES if route.name.startswith(apps)}
    assert views == {name for _, name in CONSOLE_CELLS} | EXEMPT_VIEWS


@EACH_ROLE
@EACH_REQUEST
def test_tokens_can_do_exactly_what_their_scope_permits(api, attempt, role):
    workspace = WorkspaceFactory()
    response = send(api, attempt, make_token(workspace, role), workspace.slug)
    if role_has_permission(role, attempt.permission):
        assert response.status_code in SUCCESS
        return
    minimum = MINIMUM_ROLE[attempt.permission].api_name
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response.json()["required_scope"] == minimum
    assert f'error="insufficient_scope", scope="{minimum}"' in response.headers["WWW-Authenticate"]
    assert not Event.objects.exists()


@EACH_ROLE
@EACH_REQUEST
def test_another_workspace_is_not_found_with_any_scope(api, attempt, role):
    caller, elsewhere = make_token(scope=role), WorkspaceFactory()
    assert send(api, attempt, caller, elsewhere.slug).status_code == HTTPStatus.NOT_FOUND
    assert not Event.objects.exists()


@EACH_ROLE
@pytest.mark.parametrize(("permission", "name"), CONSOLE_CELLS)
def test_members_can_do_exactly_what_their_role_permits(permission, name, role):
    assert is_allowed_in_console(permission, name, role) == role_has_permission(role, permission)
    if not role_has_permission(role, permission):
        assert not Event.objects.exists()


@EACH_ROLE
@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/workspaces"])
def test_a_token_of_any_scope_can_read_itself_and_its_workspace(api, path, role):
    assert api.get(path, make_token(scope=role)).status_code == HTTPStatus.OK


@EACH_ROLE
def test_a_token_of_any_scope_can_delete_itself(api, role):
    token = make_token(scope=role)
    assert api.delete("/api/v1/me", token).status_code == HTTPStatus.NO_CONTENT
    assert api.get("/api/v1/me", token).status_code == HTTPStatus.UNAUTHORIZED
    assert Event.objects.get().event_type == "token.deleted"
