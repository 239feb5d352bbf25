from access_tokens.models.failures import AddressFailures
from access_tokens.models.idempotency import IdempotencyKey
from access_tokens.models.states import SORTS, AccessTokenQuerySet, Expiry, Status
from access_tokens.models.token import AccessToken

__all__ = ["SORTS", "AccessToken", "AccessTokenQuerySet", "AddressFailures", "Expiry", "IdempotencyKey", "Status"]
