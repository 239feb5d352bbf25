"""The row that authenticates a request: the token, its secrets and its workspace."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import BigAutoField, CharField, DateTimeField

from access_tokens.models import AccessToken
from workspaces.compiled_queries import CompiledQuery, Parameter


class AuthenticationRow(NamedTuple):
    """Fields of an access token and its related rows, with the names of `values_list()`."""

    id: int
    key_id: str
    label: str
    scope: int
    status_name: str
    created_at: datetime
    creator__id: int | None
    creator_email: str
    creator__email: str | None
    parent__key_id: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    version: int
    pepper_id: str
    digest: bytes
    previous_secret_pepper_id: str
    previous_secret_digest: bytes | None
    previous_secret_expires_at: datetime | None
    previous_secret_last_used_at: datetime | None
    previous_secret_use_count: int
    rate_limit_minute: int
    rate_limit_requests: int
    workspace__id: int
    workspace__slug: str
    workspace__name: str
    workspace__created_at: datetime
    workspace__available_roles: int
    workspace__copy_policy: str
    workspace__rate_limit: int | None
    workspace__max_lifetime_days: int | None
    workspace__non_expiring_allowed: bool
    workspace__default_expiry: str
    workspace__deleted_at: datetime | None
    workspace__version: int

    def valid_digests(self, at: datetime) -> frozenset[bytes]:
        """Return the digests of the secrets that work at `at`."""
        expires_at = self.previous_secret_expires_at
        previous = self.previous_secret_digest if expires_at and expires_at > at else None
        return frozenset(digest for digest in (self.digest, previous) if digest)


NOW = Parameter("now", DateTimeField())
TOKEN_BY_KEY_ID = CompiledQuery(
    AuthenticationRow,
    lambda: AccessToken.objects.annotate_status(NOW).filter(key_id=Parameter("key_id", CharField())),
)
TOKEN_BY_PK = CompiledQuery(
    AuthenticationRow,
    lambda: AccessToken.objects.annotate_status(NOW).filter(pk=Parameter("pk", BigAutoField())),
)
