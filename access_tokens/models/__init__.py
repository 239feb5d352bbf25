from access_tokens.models.failed_attempts import FailedAttempts
from access_tokens.models.status import SORT_KEYS, AccessTokenQuerySet, Expiry, Status
from access_tokens.models.token import AccessToken
from access_tokens.models.usage import RejectedHour, RejectionReason, TokenHour

__all__ = [
    "SORT_KEYS",
    "AccessToken",
    "AccessTokenQuerySet",
    "Expiry",
    "FailedAttempts",
    "RejectedHour",
    "RejectionReason",
    "Status",
    "TokenHour",
]
