"""Who calls the API: told by a token in `Authorization: Bearer` alone. Cookies are not looked at."""

import re
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

from django.http import HttpRequest

from access_tokens import key_rings, token_crypto, token_format
from access_tokens.actors import TokenActor
from access_tokens.authentication import rate_limits
from access_tokens.authentication.lookup import TokenRow, find
from access_tokens.authentication.rate_limits import Quota
from access_tokens.authentication.usage import usage
from access_tokens.models import AccessToken, RejectionReason, Status
from access_tokens.token_crypto import Digest
from workspaces.actors import ActorType, request_details
from workspaces.api.problems import Problem
from workspaces.errors import NotAllowed
from workspaces.models import Workspace
from workspaces.models.workspace import requests_per_minute
from workspaces.permissions import Role, is_role_available

BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
NO_TOKEN = "Send an access token in the header “Authorization: Bearer lkey_…”."
ONE_TOKEN = "Send one access token, as “Authorization: Bearer lkey_…”, and nothing else in this header."
UNKNOWN_TOKEN = "This access token is not valid."


class Principal:
    """Who calls the API: a token which was active when its row was read for this call.

    previous_secret_expires_at: when the secret that came ends, if it is the old one of a rotation.
    renewed: its digest, if that was made with an older pepper, and what it is with the newest.
    """

    def __init__(self, row: TokenRow, previous_secret_expires_at: datetime | None = None) -> None:
        self.row = row
        self.previous_secret_expires_at = previous_secret_expires_at
        self.renewed: tuple[Digest, Digest] | None = None

    @property
    def digests(self) -> frozenset[bytes]:
        """What may stand in the row for the secret that came: its digest, and the one that it is about to get."""
        came = self.row.digest if self.previous_secret_expires_at is None else self.row.previous_secret_digest
        renewed = [self.renewed[1].value] if self.renewed else []
        return frozenset([bytes(came or b""), *renewed])

    @cached_property
    def token(self) -> AccessToken:
        return self.row.token()

    @property
    def workspace(self) -> Workspace:
        return self.token.workspace

    def actor(self, request: HttpRequest) -> TokenActor:
        """Return the token as an actor. `request` must be the one that the token was authenticated for."""
        token = self.token
        return TokenActor(
            type=ActorType.TOKEN,
            name=token.token_id,
            label=token.label,
            role=token.scope_role,
            workspace_id=token.workspace_id,
            user=token.creator,
            token_pk=token.pk,
            token_expires_at=token.expires_at,
            digests=self.digests,
            **request_details(request),
        )

    def count_rejection(self, error: NotAllowed) -> None:
        """Count a request that was rejected because the token's scope or the rules don't allow it."""
        reason = RejectionReason.INSUFFICIENT_SCOPE if error.required_role else RejectionReason.NOT_ALLOWED
        usage.refuse(self.row.id, reason)

    @property
    def scope(self) -> Role:
        return Role(self.row.scope)


class Rejection(NamedTuple):
    """Why a call is not authenticated. `row`, `reason`: whose call it was and what is counted of it, if that is known.

    What is told is the same, be the token known or not, unless the whole of it came.
    """

    problem: Problem
    detail: str
    row: TokenRow | None = None
    reason: RejectionReason | None = None


MISSING = Rejection(Problem.MISSING_TOKEN, NO_TOKEN)
MALFORMED_HEADER = Rejection(Problem.INVALID_TOKEN, ONE_TOKEN)
UNKNOWN = Rejection(Problem.INVALID_TOKEN, UNKNOWN_TOKEN)


def authenticate(header: str | None) -> Principal | Rejection:
    """The principal that an Authorization header stands for. One query; none for what is malformed."""
    if not header:
        return MISSING
    bearer = BEARER.fullmatch(header)
    if bearer is None:
        return MALFORMED_HEADER if header.lower().startswith("bearer") else MISSING
    return principal_of(bearer[1])


def principal_of(plaintext: str) -> Principal | Rejection:
    """The principal that a whole token stands for. Its state is told only to who holds the whole token."""
    key_id = token_format.parse_key_id(plaintext)
    row = find(key_id) if key_id else None
    if row is None:
        return UNKNOWN
    now, peppers = datetime.now(UTC), key_rings.peppers()
    previous_secret_expires_at = None
    if not token_crypto.matches(plaintext, Digest(row.pepper_id, row.digest), peppers):
        old, previous_secret_expires_at = row.previous_secret_digest, row.previous_secret_expires_at
        if old is None or not token_crypto.matches(plaintext, Digest(row.previous_secret_pepper_id, old), peppers):
            return UNKNOWN._replace(row=row, reason=RejectionReason.WRONG_SECRET)
        if previous_secret_expires_at is None or previous_secret_expires_at <= now:
            return UNKNOWN._replace(row=row, reason=RejectionReason.PREVIOUS_SECRET)
    if not is_active(row, now):
        return _refusal(row)
    principal = Principal(row, previous_secret_expires_at)
    if row.pepper_id != next(iter(peppers)) and previous_secret_expires_at is None:
        principal.renewed = (Digest(row.pepper_id, row.digest), token_crypto.digest(plaintext, peppers))
    return principal


def is_active(row: TokenRow, at: datetime) -> bool:
    """The same as `AccessToken.is_active`, of a row that no object was made of."""
    if row.disabled_at is not None or not is_role_available(row.scope, row.workspace__available_roles):
        return False
    if row.workspace__deleted_at is not None:
        return False
    return row.expires_at is None or row.expires_at > at


def _refusal(row: TokenRow) -> Rejection:
    token = row.token()
    match token.status:
        case Status.WORKSPACE_DELETED:
            purge_at = token.workspace.purge_at
            assert purge_at is not None
            words = (
                f"The workspace of this access token is deleted, and goes for good at {purge_at:%Y-%m-%dT%H:%M:%SZ}."
            )
            words += " Until then its Owners can bring it back."
            return Rejection(Problem.WORKSPACE_DELETED, words, row, RejectionReason.WORKSPACE_DELETED)
        case Status.DISABLED:
            return Rejection(Problem.TOKEN_DISABLED, "This access token is disabled.", row, RejectionReason.DISABLED)
        case Status.EXPIRED:
            assert token.expires_at is not None
            words = f"This access token expired at {token.expires_at:%Y-%m-%dT%H:%M:%SZ}."
            return Rejection(Problem.TOKEN_EXPIRED, words, row, RejectionReason.EXPIRED)
        case _:
            words = f"The scope {token.scope_role.label} of this access token is switched off in its workspace."
            return Rejection(Problem.SCOPE_UNAVAILABLE, words, row, RejectionReason.SCOPE_UNAVAILABLE)


def count(principal: Principal, *, address: str, agent: str) -> Quota:
    """Count this call against the token's limit; as a use of it, if it is let through."""
    row = principal.row
    limit = requests_per_minute(row.workspace__rate_limit)
    quota = rate_limits.admit(
        row.id, limit=limit, written_minute=row.rate_limit_minute, written_requests=row.rate_limit_requests
    )
    if quota.remaining >= 0:
        usage.record(
            row.id,
            previous_secret_expires_at=principal.previous_secret_expires_at,
            address=address,
            agent=agent,
            renewed=principal.renewed,
        )
    return quota


def count_failure(address: str | None) -> Quota | None:
    """Count a failed authentication from an address. Returns what is left for it, None if none is known."""
    usage.watch()
    return rate_limits.failure_limit.count(address)
