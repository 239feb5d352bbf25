"""How the usage writer writes: many rows in one statement, which takes them as one parameter of JSON.

The ORM has no update from values, nor an upsert that adds (Django 6.1). Rows as JSON keep the statement the same for
any number of them, so that it is compiled once.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection, transaction

from access_tokens.authentication.rate_limits import Unwritten
from access_tokens.authentication.usage.use import Use
from access_tokens.models import AccessToken, HourlyRejections, HourlyUsage, RejectionReason
from accounts.user_agents import client_family
from workspaces.actors import parse_ip_address

TOKEN_COLUMNS = {
    "pk": "bigint",
    "requests": "bigint",
    "last": "timestamptz",
    "address": "text",
    "client": "text",
    "minute": "integer",
    "requests_in_minute": "integer",
}
TOKENS = """
    UPDATE {table} AS token SET
        use_count = token.use_count + used.requests,
        last_used_at = CASE WHEN token.last_used_at > used.last THEN token.last_used_at ELSE used.last END,
        last_ip_address = CASE WHEN token.last_used_at > used.last THEN token.last_ip_address ELSE used.address END,
        last_client = CASE WHEN token.last_used_at > used.last THEN token.last_client ELSE used.client END,
        rate_limit_requests = CASE WHEN token.rate_limit_minute < used.minute THEN used.requests_in_minute
            WHEN token.rate_limit_minute = used.minute THEN token.rate_limit_requests + used.requests_in_minute
            ELSE token.rate_limit_requests END,
        rate_limit_minute = CASE WHEN token.rate_limit_minute < used.minute THEN used.minute
            ELSE token.rate_limit_minute END
    FROM ({source}) AS used WHERE token.id = used.pk
"""
PREVIOUS_SECRET_COLUMNS = {"pk": "bigint", "requests": "bigint", "last": "timestamptz", "until": "timestamptz"}
PREVIOUS_SECRETS = """
    UPDATE {table} AS token SET
        previous_secret_use_count = token.previous_secret_use_count + used.requests,
        previous_secret_last_used_at = CASE WHEN token.previous_secret_last_used_at > used.last
            THEN token.previous_secret_last_used_at ELSE used.last END
    FROM ({source}) AS used WHERE token.id = used.pk AND token.previous_secret_expires_at = used.until
"""
"""Another rotation may have begun meanwhile: its old secret is another one."""
HOUR_COLUMNS = {"pk": "bigint", "hour": "integer", "requests": "bigint"}
HOURS = """
    INSERT INTO {table} (token_id, hour, requests)
    SELECT used.pk, used.hour, used.requests FROM ({source}) AS used
    WHERE EXISTS (SELECT 1 FROM {tokens} AS token WHERE token.id = used.pk)
    ON CONFLICT (token_id, hour) DO UPDATE SET requests = {table}.requests + excluded.requests
"""
"""A token may be gone by now: it has no hours then."""
REJECTION_COLUMNS = {"pk": "bigint", "hour": "integer", "reason": "text", "requests": "bigint"}
REJECTIONS = """
    INSERT INTO {table} (token_id, hour, reason, requests)
    SELECT refused.pk, refused.hour, refused.reason, refused.requests FROM ({source}) AS refused
    WHERE EXISTS (SELECT 1 FROM {tokens} AS token WHERE token.id = refused.pk)
    ON CONFLICT (token_id, hour, reason) DO UPDATE SET requests = {table}.requests + excluded.requests
"""
type Rejections = Mapping[tuple[int, int, RejectionReason], int]
"""Calls by token, hour (since 1970) and reason."""


def write(uses: Mapping[int, Use], minutes: Unwritten) -> None:
    """Add what was counted to what stands there. Never moves a last use back: others may have written a later one.

    Raises: DatabaseError or InterfaceError, and then nothing is written.
    """
    addresses = {address: parse_ip_address(address) or "" for address in {use.address for use in uses.values()}}
    clients = {agent: client_family(agent) for agent in {use.agent for use in uses.values()}}
    minute, calls_of = minutes.minute, minutes.counts.get
    tokens = [
        (pk, use.calls, _second(int(use.last)), addresses[use.address], clients[use.agent], minute, calls_of(pk, 0))
        for pk, use in uses.items()
    ]
    hours = [(pk, hour, calls) for pk, use in uses.items() for hour, calls in use.hours.items()]
    superseded = [
        (pk, use.previous_secret_uses, _second(int(use.previous_secret_last)), _instant(use.until))
        for pk, use in uses.items()
        if use.until is not None
    ]
    with transaction.atomic():
        _execute(TOKENS, TOKEN_COLUMNS, tokens, table=_name(AccessToken))
        _execute(HOURS, HOUR_COLUMNS, hours, table=_name(HourlyUsage), tokens=_name(AccessToken))
        if superseded:
            _execute(PREVIOUS_SECRETS, PREVIOUS_SECRET_COLUMNS, superseded, table=_name(AccessToken))
        _renew(uses)


def write_rejections(refusals: Rejections) -> None:
    """Add calls that were refused to those that stand there.

    Raises: DatabaseError or InterfaceError, and then nothing is written.
    """
    rows = [(pk, hour, reason.value, calls) for (pk, hour, reason), calls in refusals.items()]
    _execute(REJECTIONS, REJECTION_COLUMNS, rows, table=_name(HourlyRejections), tokens=_name(AccessToken))


def _renew(uses: Mapping[int, Use]) -> None:
    """Give tokens the digest that they have under the newest pepper, unless they were rotated meanwhile."""
    for pk, use in uses.items():
        if use.renewed is not None:
            old, new = use.renewed
            stale = AccessToken.objects.filter(pk=pk, pepper_id=old.pepper_id, digest=old.value)
            stale.update(pepper_id=new.pepper_id, digest=new.value)


def _execute(statement: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]], **names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(source=_source(columns), **names), [orjson.dumps(rows).decode()])


def _source(columns: Mapping[str, str]) -> str:
    """A SELECT of the rows in one parameter of JSON: an array of arrays, in the order of the columns."""
    if connection.vendor == "postgresql":
        picked = ", ".join(f"(row ->> {place})::{kind} AS {name}" for place, (name, kind) in enumerate(columns.items()))
        return f"SELECT {picked} FROM jsonb_array_elements(%s::jsonb) AS row"  # noqa: S608 (names of our own)
    picked = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns))
    return f"SELECT {picked} FROM json_each(%s)"  # noqa: S608 (names of our own)


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    """An instant, in seconds since 1970. That much of a last use is told, and many tokens share theirs."""
    return _instant(datetime.fromtimestamp(seconds, UTC))


def _instant(instant: datetime) -> str:
    """An instant in the words in which both databases keep or read it: UTC without a zone."""
    return str(instant.astimezone(UTC).replace(tzinfo=None))


def _name(model: Any) -> str:
    return connection.ops.quote_name(model._meta.db_table)
