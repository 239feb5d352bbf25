"""Changes to tokens: permission check, change and event in one transaction. Every interface uses these operations.

Each operation locks the workspace's row, then the token's, and decides by what it reads then.
"""

from access_tokens.operations.common import EditConflict
from access_tokens.operations.copying import copy
from access_tokens.operations.creation import CreatedToken, create
from access_tokens.operations.editing import edit
from access_tokens.operations.fields import NewTokenFields, TokenChange
from access_tokens.operations.policies import set_copy_policy, set_expiry_policy, set_rate_limit
from access_tokens.operations.rotation import MAX_OVERLAP, end_rotation, rotate
from access_tokens.operations.status_changes import delete, disable, enable

__all__ = [
    "MAX_OVERLAP",
    "CreatedToken",
    "EditConflict",
    "NewTokenFields",
    "TokenChange",
    "copy",
    "create",
    "delete",
    "disable",
    "edit",
    "enable",
    "end_rotation",
    "rotate",
    "set_copy_policy",
    "set_expiry_policy",
    "set_rate_limit",
]
