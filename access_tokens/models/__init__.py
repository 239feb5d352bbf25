from access_tokens.models.failures import AddressFailures
from access_tokens.models.idempotency import IdempotencyKey
from access_tokens.models.states import SORT_KEYS, AccessTokenQuerySet, Expiry, Status
from access_tokens.models.token import AccessToken
from access_tokens.models.usage import Refusal, RefusedHour, TokenHour

__all__ = [
    "SORT_KEYS",
    "AccessToken",
    "AccessTokenQuerySet",
    "AddressFailures",
    "Expiry",
    "IdempotencyKey",
    "Refusal",
    "RefusedHour",
    "Status",
    "TokenHour",
]
