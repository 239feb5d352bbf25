"""What is done with tokens: permission check, change and event in one transaction. All faces call these.

Each locks the workspace's row and then the token's, and judges what it then reads.
"""

from access_tokens.operations.common import ChangedMeanwhile
from access_tokens.operations.copying import copy
from access_tokens.operations.editing import TokenChange, edit
from access_tokens.operations.issuing import Issued, issue
from access_tokens.operations.policies import set_copy_policy, set_lifetime_policy, set_rate_limit
from access_tokens.operations.rotating import MAX_OVERLAP, end_rotation, rotate
from access_tokens.operations.stopping import delete, descendants, disable, enable, living

__all__ = [
    "MAX_OVERLAP",
    "ChangedMeanwhile",
    "Issued",
    "TokenChange",
    "copy",
    "delete",
    "descendants",
    "disable",
    "edit",
    "enable",
    "end_rotation",
    "issue",
    "living",
    "rotate",
    "set_copy_policy",
    "set_lifetime_policy",
    "set_rate_limit",
]
