"""The console's face of the permission table: how a member tries what each permission is for."""

from collections.abc import Callable
from http import HTTPStatus

from access_tokens.models import AccessToken
from tests.access_tokens.views.people import Person, member, new_token
from tests.factories import WorkspaceFactory, make_token
from workspaces.models import CopyPolicy, Workspace
from workspaces.permissions import Permission, Role

type Attempt = Callable[[Person, AccessToken], int]
"""Tries it, and returns the status of the answer."""

DONE = {HTTPStatus.OK, HTTPStatus.FOUND}


def _edit(person: Person, token: AccessToken) -> int:
    return int(person.post("edit", token, new_token(expires="keep")).status_code)


def _roles(person: Person, token: AccessToken) -> int:
    roles = [role.wire_name for role in Role]
    return int(person.post("roles", data={"roles": roles}).status_code)


def _copy_policy(person: Person, token: AccessToken) -> int:
    return int(person.post("copy_policy", data={"copy_policy": CopyPolicy.SEALED.value}).status_code)


def _rate_limit(person: Person, token: AccessToken) -> int:
    return int(person.post("rate_limit", data={"calls_per_minute": "30"}).status_code)


CONSOLE_ACTIONS: dict[Permission, Attempt] = {
    Permission.SEE_WORKSPACE: lambda person, token: person.get("list").status_code,
    Permission.CREATE_TOKENS: lambda person, token: person.post("create", data=new_token()).status_code,
    Permission.EDIT_TOKENS: _edit,
    Permission.COPY_TOKENS: lambda person, token: person.post("copy", token).status_code,
    Permission.ENABLE_TOKENS: lambda person, token: person.post("enable", token).status_code,
    Permission.DISABLE_TOKENS: lambda person, token: person.post("disable", token).status_code,
    Permission.DELETE_TOKENS: lambda person, token: person.post("delete", token).status_code,
    Permission.ROTATE_TOKENS: lambda person, token: person.post("rotate", token, {"overlap": "now"}).status_code,
    Permission.SET_RATE_LIMIT: _rate_limit,
    Permission.CONFIGURE_ROLES: _roles,
    Permission.SET_COPY_POLICY: _copy_policy,
}

NOT_IN_THE_CONSOLE_YET = {
    Permission.MANAGE_ITSELF,  # members have no token of their own to manage: this one is for tokens
    Permission.EDIT_PROJECTS,
    Permission.DELETE_PROJECTS,
    Permission.RENAME_WORKSPACE,
    Permission.MANAGE_MEMBERS,
    Permission.READ_EVENTS,
    Permission.SEE_MEMBER_ACTIVITY,
    Permission.SET_LIFETIME_POLICY,
    Permission.DELETE_WORKSPACE,
    Permission.MANAGE_OWNERS,
}


def is_allowed_in_console(permission: Permission, role: Role, workspace: Workspace | None = None) -> bool:
    """Is a member with `role`, who tries it on a Viewer token of their workspace, let do what `permission` is for?

    Raises: AssertionError, if the answer is neither a page, nor a redirect to one, nor a refusal.
    """
    workspace = workspace or WorkspaceFactory()
    status = CONSOLE_ACTIONS[permission](member(workspace, role), make_token(workspace).row)
    assert status in {*DONE, HTTPStatus.FORBIDDEN}, f"{permission} as {role.label}: {status}"
    return status in DONE
