from access_tokens.models.failed_attempts import FailedAttempts
from access_tokens.models.queryset import SORT_KEYS, AccessTokenQuerySet, ExpiryRange
from access_tokens.models.status import Status, find_statuses
from access_tokens.models.token import AccessToken
from access_tokens.models.usage import HourlyRejections, HourlyUsage, RejectionReason

__all__ = [
    "SORT_KEYS",
    "AccessToken",
    "AccessTokenQuerySet",
    "ExpiryRange",
    "FailedAttempts",
    "HourlyRejections",
    "HourlyUsage",
    "RejectionReason",
    "Status",
    "find_statuses",
]
