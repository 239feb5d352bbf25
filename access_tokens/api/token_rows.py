"""The rows of access tokens that API responses show, and the queries that read them."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self

from django.db.models import BigAutoField, BigIntegerField, CharField, DateTimeField

from access_tokens.models import AccessToken, AccessTokenQuerySet
from workspaces.compiled_queries import CompiledQuery, Parameter
from workspaces.pagination.cursors import CursorPosition, rows_after


class TokenRow(NamedTuple):
    """Fields of an access token and its related rows, with the names of `values_list()`. No secrets."""

    pk: int
    key_id: str
    label: str
    scope: int
    status_name: str
    created_at: datetime
    creator_email: str
    creator__email: str | None
    parent__key_id: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    version: int
    previous_secret_expires_at: datetime | None
    previous_secret_last_used_at: datetime | None
    previous_secret_use_count: int
    sort_key: Any = None
    """As the database returns it, for cursors."""

    @classmethod
    def from_object(cls, token: AccessToken, *, parent_key_id: str | None = None) -> Self:
        """Return the row of a token that an operation returned. `parent_key_id` saves the query for it."""
        if parent_key_id is None and token.parent:
            parent_key_id = token.parent.key_id
        return cls(
            pk=token.pk,
            key_id=token.key_id,
            label=token.label,
            scope=token.scope,
            status_name=token.status,
            created_at=token.created_at,
            creator_email=token.creator_email,
            creator__email=token.creator.email if token.creator else None,
            parent__key_id=parent_key_id,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            version=token.version,
            previous_secret_expires_at=token.previous_secret_expires_at,
            previous_secret_last_used_at=token.previous_secret_last_used_at,
            previous_secret_use_count=token.previous_secret_use_count,
        )


def tokens_in_workspace() -> AccessTokenQuerySet:
    """Return the tokens of the workspace `workspace_id` with their status at `now`, which are parameters."""
    tokens = AccessToken.objects.annotate_status(Parameter("now", DateTimeField()))
    return tokens.filter(workspace_id=Parameter("workspace_id", BigIntegerField()))


TOKEN_IN_WORKSPACE = CompiledQuery(
    TokenRow,
    lambda: tokens_in_workspace().filter(key_id=Parameter("key_id", CharField())).sorted_by("key_id"),
)


@lru_cache(maxsize=256)
def token_list(sort: str, limit: int, *, has_cursor: bool) -> CompiledQuery[TokenRow]:
    """Return the query for a page of all tokens of a workspace."""
    return token_page(tokens_in_workspace().sorted_by(sort), limit, has_cursor=has_cursor)


def token_page(tokens: AccessTokenQuerySet, limit: int, *, has_cursor: bool) -> CompiledQuery[TokenRow]:
    """Return the query for a page of `tokens`. With a cursor, it has the parameters `key` and `pk`."""
    if has_cursor:
        key = Parameter("key", tokens.query.annotations["sort_key"].output_field)
        rows = rows_after(tokens, CursorPosition(key, Parameter("pk", BigAutoField())))
        return CompiledQuery(TokenRow, lambda: rows[:limit], is_prepared=False)
    return CompiledQuery(TokenRow, lambda: tokens[:limit], is_prepared=False)
