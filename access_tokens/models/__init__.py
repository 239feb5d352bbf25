from access_tokens.models.failures import AddressFailures
from access_tokens.models.idempotency import IdempotencyKey
from access_tokens.models.states import SORT_KEYS, AccessTokenQuerySet, Expiry, Status
from access_tokens.models.token import AccessToken

__all__ = ["SORT_KEYS", "AccessToken", "AccessTokenQuerySet", "AddressFailures", "Expiry", "IdempotencyKey", "Status"]
