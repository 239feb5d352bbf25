"""The SQL of the usage writer: each statement writes many rows, passed as one JSON parameter.

Django's ORM (6.1) can't update rows from a list of values, and its upserts can't add to a column. With the rows in one
parameter, a statement is the same for any number of rows.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection, transaction

from access_tokens.authentication.counting import PendingCounts
from access_tokens.authentication.usage.token_usage import TokenUsage
from access_tokens.models import AccessToken, HourlyRejections, HourlyUsage, RejectionReason
from accounts.user_agents import client_family
from workspaces.actors import parse_ip_address

TOKEN_COLUMNS = {
    "pk": "bigint",
    "requests": "bigint",
    "at": "timestamptz",
    "address": "text",
    "client": "text",
    "minute": "integer",
    "requests_in_minute": "integer",
}
TOKENS = """
    UPDATE {table} AS token SET
        use_count = token.use_count + used.requests,
        last_used_at = CASE WHEN token.last_used_at > used.at THEN token.last_used_at ELSE used.at END,
        last_ip_address = CASE WHEN token.last_used_at > used.at THEN token.last_ip_address ELSE used.address END,
        last_client = CASE WHEN token.last_used_at > used.at THEN token.last_client ELSE used.client END,
        rate_limit_requests = CASE WHEN token.rate_limit_minute < used.minute THEN used.requests_in_minute
            WHEN token.rate_limit_minute = used.minute THEN token.rate_limit_requests + used.requests_in_minute
            ELSE token.rate_limit_requests END,
        rate_limit_minute = CASE WHEN token.rate_limit_minute < used.minute THEN used.minute
            ELSE token.rate_limit_minute END
    FROM ({source}) AS used WHERE token.id = used.pk
"""
PREVIOUS_SECRET_COLUMNS = {"pk": "bigint", "requests": "bigint", "at": "timestamptz", "expires_at": "timestamptz"}
PREVIOUS_SECRETS = """
    UPDATE {table} AS token SET
        previous_secret_use_count = token.previous_secret_use_count + used.requests,
        previous_secret_last_used_at = CASE WHEN token.previous_secret_last_used_at > used.at
            THEN token.previous_secret_last_used_at ELSE used.at END
    FROM ({source}) AS used WHERE token.id = used.pk AND token.previous_secret_expires_at = used.expires_at
"""
"""If the token was rotated again in the meantime, its previous secret is another one."""
HOUR_COLUMNS = {"pk": "bigint", "hour": "integer", "requests": "bigint"}
HOURS = """
    INSERT INTO {table} (token_id, hour, requests)
    SELECT used.pk, used.hour, used.requests FROM ({source}) AS used
    WHERE EXISTS (SELECT 1 FROM {tokens} AS token WHERE token.id = used.pk)
    ON CONFLICT (token_id, hour) DO UPDATE SET requests = {table}.requests + excluded.requests
"""
"""Tokens that were deleted in the meantime get no rows."""
REJECTION_COLUMNS = {"pk": "bigint", "hour": "integer", "reason": "text", "requests": "bigint"}
REJECTIONS = """
    INSERT INTO {table} (token_id, hour, reason, requests)
    SELECT rejected.pk, rejected.hour, rejected.reason, rejected.requests FROM ({source}) AS rejected
    WHERE EXISTS (SELECT 1 FROM {tokens} AS token WHERE token.id = rejected.pk)
    ON CONFLICT (token_id, hour, reason) DO UPDATE SET requests = {table}.requests + excluded.requests
"""
type Rejections = Mapping[tuple[int, int, RejectionReason], int]
"""Number of requests by token, hour (since 1970) and reason."""


def write(usage_by_token: Mapping[int, TokenUsage], minutes: PendingCounts) -> None:
    """Add usage to the tokens' rows. `last_used_at` never moves back, since other processes write it too.

    Raises: DatabaseError or InterfaceError; then nothing is written.
    """
    all_usage = usage_by_token.values()
    addresses = {address: parse_ip_address(address) or "" for address in {usage.address for usage in all_usage}}
    clients = {user_agent: client_family(user_agent) for user_agent in {usage.user_agent for usage in all_usage}}
    tokens = [
        (
            pk,
            usage.requests,
            _format_second(int(usage.last_used)),
            addresses[usage.address],
            clients[usage.user_agent],
            minutes.minute,
            minutes.counts.get(pk, 0),
        )
        for pk, usage in usage_by_token.items()
    ]
    hours = [(pk, hour, requests) for pk, usage in usage_by_token.items() for hour, requests in usage.hours.items()]
    previous_secrets = [
        (
            pk,
            usage.previous_secret_uses,
            _format_second(int(usage.previous_secret_last_used)),
            _format(usage.previous_secret_expires_at),
        )
        for pk, usage in usage_by_token.items()
        if usage.previous_secret_expires_at is not None
    ]
    with transaction.atomic():
        _execute(TOKENS, TOKEN_COLUMNS, tokens, table=_table(AccessToken))
        _execute(HOURS, HOUR_COLUMNS, hours, table=_table(HourlyUsage), tokens=_table(AccessToken))
        if previous_secrets:
            _execute(PREVIOUS_SECRETS, PREVIOUS_SECRET_COLUMNS, previous_secrets, table=_table(AccessToken))
        _renew_digests(usage_by_token)


def write_rejections(rejections: Rejections) -> None:
    """Add rejected requests to the rows of their hours.

    Raises: DatabaseError or InterfaceError; then nothing is written.
    """
    rows = [(pk, hour, reason.value, requests) for (pk, hour, reason), requests in rejections.items()]
    _execute(REJECTIONS, REJECTION_COLUMNS, rows, table=_table(HourlyRejections), tokens=_table(AccessToken))


def _renew_digests(usage_by_token: Mapping[int, TokenUsage]) -> None:
    """Replace digests that have an older pepper, unless the token was rotated in the meantime."""
    for pk, usage in usage_by_token.items():
        if usage.renewed_digest is not None:
            old, new = usage.renewed_digest
            unchanged = AccessToken.objects.filter(pk=pk, pepper_id=old.pepper_id, digest=old.value)
            unchanged.update(pepper_id=new.pepper_id, digest=new.value)


def _execute(statement: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]], **tables: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(source=_source(columns), **tables), [orjson.dumps(rows).decode()])


def _source(columns: Mapping[str, str]) -> str:
    """Return a SELECT of the rows in one JSON parameter: an array of arrays, in the order of `columns`."""
    if connection.vendor == "postgresql":
        picked = ", ".join(f"(row ->> {i})::{sql_type} AS {name}" for i, (name, sql_type) in enumerate(columns.items()))
        return f"SELECT {picked} FROM jsonb_array_elements(%s::jsonb) AS row"  # noqa: S608 (only constants)
    picked = ", ".join(f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(columns))
    return f"SELECT {picked} FROM json_each(%s)"  # noqa: S608 (only constants)


@lru_cache(maxsize=64)
def _format_second(timestamp: int) -> str:
    """Cached, since many tokens of one write were last used in the same second."""
    return _format(datetime.fromtimestamp(timestamp, UTC))


def _format(instant: datetime) -> str:
    """Return an instant as both databases read it: UTC without a zone."""
    return str(instant.astimezone(UTC).replace(tzinfo=None))


def _table(model: Any) -> str:
    return connection.ops.quote_name(model._meta.db_table)
