"""The row that authenticates a request: the token, its secrets and its workspace."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import BigAutoField, CharField, DateTimeField

from access_tokens.models import AccessToken, AccessTokenQuerySet
from workspaces.compiled_queries import CompiledQuery, Parameter


class AuthenticationRow(NamedTuple):
    """Fields of an access token and its related rows, with the names of `values_list()`."""

    id: int
    key_id: str
    label: str
    scope: int
    status_name: str
    created_at: datetime
    creator_id: int | None
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
    workspace_id: int
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


def _tokens() -> AccessTokenQuerySet:
    """Return tokens with their status at the parameter `now`."""
    return AccessToken.objects.annotate_status(Parameter("now", DateTimeField()))


TOKEN_BY_KEY_ID = CompiledQuery(
    AuthenticationRow, lambda: _tokens().filter(key_id=Parameter("key_id", CharField()))
)
TOKEN_BY_PK = CompiledQuery(AuthenticationRow, lambda: _tokens().filter(pk=Parameter("pk", BigAutoField())))
