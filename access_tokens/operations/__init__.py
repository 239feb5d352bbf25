"""What is done with tokens: permission check, change and event in one transaction. All faces call these.

Each locks the workspace's row and then the token's, and judges what it then reads.
"""

from access_tokens.operations.common import EditConflict
from access_tokens.operations.copying import copy
from access_tokens.operations.creation import CreatedToken, create
from access_tokens.operations.editing import TokenChange, edit
from access_tokens.operations.policies import set_copy_policy, set_expiry_policy, set_rate_limit
from access_tokens.operations.rotation import MAX_OVERLAP, end_rotation, rotate
from access_tokens.operations.status_changes import child_tokens, delete, disable, enable, usable

__all__ = [
    "MAX_OVERLAP",
    "CreatedToken",
    "EditConflict",
    "TokenChange",
    "child_tokens",
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
    "usable",
]
