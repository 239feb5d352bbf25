"""Changes to workspaces and their members: permission check, change and event in one transaction.

Each locks the workspace's row first: what is judged (the last Owner, the roles still held) holds until it commits.
"""

from workspaces.operations.common import lock_workspace, lock_workspace_and_refresh_actor, save_new_version
from workspaces.operations.members import (
    add_member,
    change_role,
    join,
    leave,
    remove_member,
    require_another_owner,
    require_authority_over,
    require_authority_to_grant,
)
from workspaces.operations.workspaces import (
    create_workspace,
    propose_slug,
    rename_workspace,
    require_free_slug,
    require_workspace_creation,
    set_available_roles,
)

__all__ = [
    "add_member",
    "change_role",
    "create_workspace",
    "join",
    "leave",
    "lock_workspace",
    "lock_workspace_and_refresh_actor",
    "propose_slug",
    "remove_member",
    "rename_workspace",
    "require_another_owner",
    "require_authority_over",
    "require_authority_to_grant",
    "require_free_slug",
    "require_workspace_creation",
    "save_new_version",
    "set_available_roles",
]
