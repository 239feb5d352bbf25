"""Who calls the API: told by a token in `Authorization: Bearer` alone. Cookies are not looked at."""

import re
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

from access_tokens import keys, rate_limits, secrets
from access_tokens.lookup import Row, find
from access_tokens.models import AccessToken, Refusal, Status
from access_tokens.problems import Problem
from access_tokens.rate_limits import Quota
from access_tokens.secrets import Digest
from access_tokens.usage import usage
from workspaces.models import Workspace
from workspaces.models.workspace import calls_per_minute
from workspaces.permissions import Role

BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
NO_TOKEN = "Send an access token in the header “Authorization: Bearer lkey_…”."
ONE_TOKEN = "Send one access token, as “Authorization: Bearer lkey_…”, and nothing else in this header."
UNKNOWN_TOKEN = "This access token is not valid."


class Principal:
    """Who calls the API: a token which was active when its row was read for this call.

    superseded_until: when the secret that came ends, if it is the old one of a rotation.
    renewed: its digest, if that was made with an older pepper, and what it is with the newest.
    """

    def __init__(self, row: Row, superseded_until: datetime | None = None) -> None:
        self.row = row
        self.superseded_until = superseded_until
        self.renewed: tuple[Digest, Digest] | None = None

    @property
    def digests(self) -> frozenset[bytes]:
        """What may stand in the row for the secret that came: its digest, and the one that it is about to get."""
        came = self.row.digest if self.superseded_until is None else self.row.superseded_digest
        renewed = [self.renewed[1].value] if self.renewed else []
        return frozenset([bytes(came or b""), *renewed])

    @cached_property
    def token(self) -> AccessToken:
        return self.row.token()

    @property
    def workspace(self) -> Workspace:
        return self.token.workspace

    @property
    def scope(self) -> Role:
        return Role(self.row.scope)


class Refused(NamedTuple):
    """Why a call is not authenticated. `row`, `reason`: whose call it was and what is counted of it, if that is known.

    What is told is the same, be the token known or not, unless the whole of it came.
    """

    problem: Problem
    detail: str
    row: Row | None = None
    reason: Refusal | None = None


MISSING = Refused(Problem.MISSING_TOKEN, NO_TOKEN)
MALFORMED_HEADER = Refused(Problem.INVALID_TOKEN, ONE_TOKEN)
UNKNOWN = Refused(Problem.INVALID_TOKEN, UNKNOWN_TOKEN)


def authenticate(header: str | None) -> Principal | Refused:
    """The principal that an Authorization header stands for. One query; none for what is malformed."""
    if not header:
        return MISSING
    bearer = BEARER.fullmatch(header)
    if bearer is None:
        return MALFORMED_HEADER if header.lower().startswith("bearer") else MISSING
    return principal_of(bearer[1])


def principal_of(plaintext: str) -> Principal | Refused:
    """The principal that a whole token stands for. Its state is told only to who holds the whole token."""
    key_id = secrets.key_id_of(plaintext)
    row = find(key_id) if key_id else None
    if row is None:
        return UNKNOWN
    now, peppers = datetime.now(UTC), keys.peppers()
    superseded_until = None
    if not secrets.matches(plaintext, Digest(row.pepper_id, row.digest), peppers):
        old, superseded_until = row.superseded_digest, row.superseded_until
        if old is None or not secrets.matches(plaintext, Digest(row.superseded_pepper_id, old), peppers):
            return UNKNOWN._replace(row=row, reason=Refusal.WRONG_SECRET)
        if superseded_until is None or superseded_until <= now:
            return UNKNOWN._replace(row=row, reason=Refusal.OLD_SECRET)
    if not is_active(row, now):
        return _refusal(row)
    principal = Principal(row, superseded_until)
    if row.pepper_id != next(iter(peppers)) and superseded_until is None:
        principal.renewed = (Digest(row.pepper_id, row.digest), secrets.digest(plaintext, peppers))
    return principal


def is_active(row: Row, at: datetime) -> bool:
    """The same as `AccessToken.is_active`, of a row that no object was made of."""
    if row.disabled_at is not None or not row.workspace__available_roles & row.scope:
        return False
    if row.workspace__deleted_at is not None:
        return False
    return row.expires_at is None or row.expires_at > at


def _refusal(row: Row) -> Refused:
    token = row.token()
    match token.status:
        case Status.WORKSPACE_DELETED:
            goes_at = token.workspace.goes_at
            assert goes_at is not None
            words = f"The workspace of this access token is deleted, and goes for good at {goes_at:%Y-%m-%dT%H:%M:%SZ}."
            words += " Until then its Owners can bring it back."
            return Refused(Problem.WORKSPACE_DELETED, words, row, Refusal.WORKSPACE_DELETED)
        case Status.DISABLED:
            return Refused(Problem.TOKEN_DISABLED, "This access token is disabled.", row, Refusal.DISABLED)
        case Status.EXPIRED:
            assert token.expires_at is not None
            words = f"This access token expired at {token.expires_at:%Y-%m-%dT%H:%M:%SZ}."
            return Refused(Problem.TOKEN_EXPIRED, words, row, Refusal.EXPIRED)
        case _:
            words = f"The scope {token.scope_role.label} of this access token is switched off in its workspace."
            return Refused(Problem.SCOPE_UNAVAILABLE, words, row, Refusal.SCOPE_UNAVAILABLE)


def count(principal: Principal, *, address: str, agent: str) -> Quota:
    """Count this call against the token's limit; as a use of it, if it is let through."""
    row = principal.row
    limit = calls_per_minute(row.workspace__rate_limit)
    quota = rate_limits.admit(row.id, limit=limit, written_minute=row.minute, written_calls=row.minute_calls)
    if quota.remaining >= 0:
        usage.record(
            row.id,
            superseded_until=principal.superseded_until,
            address=address,
            agent=agent,
            renewed=principal.renewed,
        )
    return quota


def count_failure(address: str | None) -> Quota | None:
    """Count a failed authentication from an address. Returns what is left for it, None if none is known."""
    usage.watch()
    return rate_limits.failure_limit.count(address)
