"""The console's face of the permission table: how a member tries what each permission is for."""

from collections.abc import Callable
from http import HTTPStatus

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import ConsoleClient, member, new_token
from tests.factories import (
    EventFactory,
    InvitationFactory,
    MembershipFactory,
    ProjectFactory,
    WorkspaceFactory,
    make_token,
)
from workspaces.models import CopyPolicy, Event, Membership, Workspace
from workspaces.permissions import Permission, Role

type Attempt = Callable[[ConsoleClient, AccessToken], int]
"""Tries it, and returns the status of the answer."""

DONE = {HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.FOUND}


def _edit(person: ConsoleClient, token: AccessToken) -> int:
    return int(person.post("edit", token, new_token(expires="keep")).status_code)


def _roles(person: ConsoleClient, token: AccessToken) -> int:
    roles = [role.api_name for role in Role]
    return int(person.post("roles", data={"roles": roles}).status_code)


def _copy_policy(person: ConsoleClient, token: AccessToken) -> int:
    return int(person.post("copy_policy", data={"copy_policy": CopyPolicy.ENCRYPTED.value}).status_code)


def _rate_limit(person: ConsoleClient, token: AccessToken) -> int:
    return int(person.post("rate_limit", data={"requests_per_minute": "30"}).status_code)


def _lifetimes(person: ConsoleClient, token: AccessToken) -> int:
    sent = {"non_expiring_allowed": "true", "default_expiry": "1w"}
    return int(person.post("expiry_policy", data=sent).status_code)


def _delete_workspace(person: ConsoleClient, token: AccessToken) -> int:
    return int(person.post("delete_workspace", data={"name": person.workspace.name}).status_code)


def _other(person: ConsoleClient, role: Role) -> Membership:
    return MembershipFactory(workspace=person.workspace, role=role)


def _remove(person: ConsoleClient, of: Role) -> int:
    """Return the status of removing a member with this role."""
    return int(person.post("workspaces:remove_member", _other(person, of)).status_code)


def _change_role(person: ConsoleClient, of: Role) -> int:
    sent = {"role": Role.VIEWER.api_name, "confirmed": "1"}
    return int(person.post("workspaces:change_role", _other(person, of), sent).status_code)


def _leave(person: ConsoleClient, token: AccessToken) -> int:
    _other(person, Role.OWNER)
    return int(person.post("workspaces:leave").status_code)


def _project(person: ConsoleClient, action: str) -> int:
    project = None if action == "create" else ProjectFactory(workspace=person.workspace, name="Site")
    sent = {"name": "Site"}
    return int(person.post(f"workspaces:{action}_project", project, sent).status_code)


def _invite(person: ConsoleClient, token: AccessToken) -> int:
    sent = {"addresses": "ada@acme.example", "role": Role.VIEWER.value}
    return int(person.post("workspaces:invite", data=sent).status_code)


def _invitation(person: ConsoleClient, action: str) -> int:
    invitation = InvitationFactory(workspace=person.workspace)
    return int(person.post(f"workspaces:{action}_invitation", invitation).status_code)


def _see_activity(person: ConsoleClient, token: AccessToken) -> int:
    return HTTPStatus.OK if "Last seen" in person.get("workspaces:members").text else HTTPStatus.FORBIDDEN


def _see_event(person: ConsoleClient, token: AccessToken) -> int:
    """Open an event that exists for members with the permission. Others are rejected before the lookup."""
    may = Membership.objects.get(user=person.user).has_permission(Permission.VIEW_EVENTS)
    event = EventFactory(workspace=person.workspace) if may else Event(pk=1)
    return int(person.get("workspaces:event", event).status_code)


CONSOLE_ATTEMPTS: dict[Permission, dict[str, Attempt]] = {
    Permission.VIEW_WORKSPACE: {
        "list": lambda person, token: person.get("list").status_code,
        "details": lambda person, token: person.get("details", token).status_code,
        "columns": lambda person, token: person.post("columns", data={"columns": ["label"]}).status_code,
        "workspaces:members": lambda person, token: person.get("workspaces:members").status_code,
        "workspaces:member_columns": lambda person, token: person.post("workspaces:member_columns").status_code,
        "workspaces:leave": _leave,
        "workspaces:projects": lambda person, token: person.get("workspaces:projects").status_code,
        "workspaces:project_columns": lambda person, token: person.post("workspaces:project_columns").status_code,
    },
    Permission.EDIT_PROJECTS: {
        "workspaces:create_project": lambda person, token: _project(person, "create"),
        "workspaces:rename_project": lambda person, token: _project(person, "rename"),
        "workspaces:archive_project": lambda person, token: _project(person, "archive"),
        "workspaces:unarchive_project": lambda person, token: _project(person, "unarchive"),
    },
    Permission.DELETE_PROJECTS: {
        "workspaces:delete_project": lambda person, token: _project(person, "delete"),
    },
    Permission.MANAGE_MEMBERS: {
        "workspaces:change_role": lambda person, token: _change_role(person, Role.VIEWER),
        "workspaces:remove_member": lambda person, token: _remove(person, Role.VIEWER),
        "workspaces:invitations": lambda person, token: person.get("workspaces:invitations").status_code,
        "workspaces:invitation_columns": lambda person, token: person.post("workspaces:invitation_columns").status_code,
        "workspaces:invite": _invite,
        "workspaces:resend_invitation": lambda person, token: _invitation(person, "resend"),
        "workspaces:revoke_invitation": lambda person, token: _invitation(person, "revoke"),
    },
    Permission.VIEW_EVENTS: {
        "workspaces:events": lambda person, token: person.get("workspaces:events").status_code,
        "workspaces:event": _see_event,
        "workspaces:event_news": lambda person, token: (
            person.get("workspaces:event_news", query={"since": "0-0"}).status_code
        ),
        "workspaces:export_events": lambda person, token: (
            person.post("workspaces:export_events", data={"format": "csv"}).status_code
        ),
    },
    Permission.VIEW_MEMBER_ACTIVITY: {"workspaces:members": _see_activity},
    Permission.MANAGE_OWNERS: {
        "workspaces:change_role": lambda person, token: _change_role(person, Role.OWNER),
        "workspaces:remove_member": lambda person, token: _remove(person, Role.OWNER),
    },
    Permission.CREATE_TOKENS: {"create": lambda person, token: person.post("create", data=new_token()).status_code},
    Permission.EDIT_TOKENS: {"edit": _edit},
    Permission.COPY_TOKENS: {"copy": lambda person, token: person.post("copy", token).status_code},
    Permission.ENABLE_TOKENS: {"enable": lambda person, token: person.post("enable", token).status_code},
    Permission.DISABLE_TOKENS: {"disable": lambda person, token: person.post("disable", token).status_code},
    Permission.DELETE_TOKENS: {"delete": lambda person, token: person.post("delete", token).status_code},
    Permission.CONFIGURE_ROLES: {"roles": _roles},
    Permission.SET_COPY_POLICY: {"copy_policy": _copy_policy},
    Permission.ROTATE_TOKENS: {
        "rotate": lambda person, token: person.post("rotate", token, {"overlap": "now"}).status_code,
        "end_rotation": lambda person, token: person.post("end_rotation", token).status_code,
    },
    Permission.SET_RATE_LIMIT: {"rate_limit": _rate_limit},
    Permission.SET_EXPIRY_POLICY: {"expiry_policy": _lifetimes},
    Permission.RENAME_WORKSPACE: {
        "rename_workspace": lambda person, token: person.post("rename_workspace", data={"name": "Site"}).status_code
    },
    Permission.DELETE_WORKSPACE: {"delete_workspace": _delete_workspace},
}

PERMISSIONS_NOT_IN_CONSOLE = {
    Permission.MANAGE_SELF,  # members have no token of their own to manage: this one is for tokens
}


EXEMPT_VIEWS = {
    *("check_label", "settings", "disable_child_tokens", "workspaces:open", "workspaces:restore"),
    *("workspaces", "workspaces:create", "workspaces:slug"),
    *("help", "guide", "workspace_help", "workspace_guide"),
    *("workspaces:follow_invitation", "workspaces:invitation", "workspaces:change_account"),
}
"""Views that show, or lead to, what others with a cell do; those of no workspace; the guides."""


def is_allowed_in_console(permission: Permission, name: str, role: Role, workspace: Workspace | None = None) -> bool:
    """Is a member with `role` let do this by which `permission` shows? On a Viewer token of theirs, if on one at all.

    Raises: AssertionError, if the answer is neither a page, nor a redirect to one, nor a refusal.
    """
    workspace = workspace or WorkspaceFactory()
    status = CONSOLE_ATTEMPTS[permission][name](member(workspace, role), make_token(workspace).row)
    assert status in {*DONE, HTTPStatus.FORBIDDEN}, f"{name} as {role.label}: {status}"
    return status in DONE
