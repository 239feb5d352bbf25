"""Operations on workspaces and members: permission check, change and event in one transaction.

Each locks the workspace's row first, so that what it checks (the last Owner, available roles) holds until it commits.
"""

from workspaces.operations.common import lock_workspace, lock_workspace_and_refresh_actor, save_new_version
from workspaces.operations.members import (
    add_member,
    change_role,
    create_membership,
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
    require_unused_slug,
    require_workspace_creation,
    set_available_roles,
)

__all__ = [
    "add_member",
    "change_role",
    "create_membership",
    "create_workspace",
    "leave",
    "lock_workspace",
    "lock_workspace_and_refresh_actor",
    "propose_slug",
    "remove_member",
    "rename_workspace",
    "require_another_owner",
    "require_authority_over",
    "require_authority_to_grant",
    "require_unused_slug",
    "require_workspace_creation",
    "save_new_version",
    "set_available_roles",
]
