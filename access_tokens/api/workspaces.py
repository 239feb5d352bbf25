"""The endpoint that updates a workspace. It is here because most fields are policies for tokens."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from access_tokens import operations
from access_tokens.api.schemas.workspaces import WorkspacePatch
from workspaces.api.endpoints import requires
from workspaces.api.etags import IfMatchHeader, require_match
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.api.schemas.workspaces import WorkspaceOut
from workspaces.api.workspaces import WORKSPACE, etag_of, respond, router
from workspaces.models import CopyPolicy, Workspace
from workspaces.operations import rename_workspace
from workspaces.permissions import MINIMUM_ROLE, Permission

__all__ = ["router"]
PERMISSIONS = {
    "name": Permission.RENAME_WORKSPACE,
    "copy_policy": Permission.SET_COPY_POLICY,
    "requests_per_minute": Permission.SET_RATE_LIMIT,
    "max_lifetime_days": Permission.SET_EXPIRY_POLICY,
    "non_expiring_allowed": Permission.SET_EXPIRY_POLICY,
    "default_expiry": Permission.SET_EXPIRY_POLICY,
    "existing_tokens": Permission.SET_EXPIRY_POLICY,
}


def strongest_permission(permission: Permission, request: ApiRequest, arguments: Mapping[str, Any]) -> Permission:
    """Return the permission with the highest minimum role among those that the fields of the body require."""
    required = [PERMISSIONS[field] for field in arguments["body"].model_fields_set]
    return max(required, key=MINIMUM_ROLE.__getitem__, default=permission)


@router.patch(WORKSPACE, response=WorkspaceOut, operation_id="update_workspace")
@requires(Permission.RENAME_WORKSPACE, permission_for=strongest_permission, headers=["ETag"])
def update_workspace(
    request: ApiRequest, workspace: Workspace, body: WorkspacePatch, if_match: IfMatchHeader = None
) -> HttpResponse:
    """Update a workspace.

    Fields other than `name` need the scope `owner`. `copy_policy: "show_once"` deletes the encrypted copies of all its
    tokens, which can't be undone. `existing_tokens: "cap"` shortens tokens that expire too late to the latest expiry
    that the policy allows, or to the default expiry if it has no maximum lifetime.
    """
    by, sent = actor_of(request), body.model_fields_set
    with require_match(request, if_match, workspace, etag_of), transaction.atomic():
        if "copy_policy" in sent:
            operations.set_copy_policy(workspace, CopyPolicy(body.copy_policy), by=by)
        if "requests_per_minute" in sent:
            operations.set_rate_limit(workspace, body.requests_per_minute, by=by)
        if policy := body.expiry_policy_arguments():
            operations.set_expiry_policy(workspace, by=by, **policy)
        if "name" in sent:
            rename_workspace(workspace, body.name, by=by)
        return respond(Workspace.objects.get(pk=workspace.pk))
