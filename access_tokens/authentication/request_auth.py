"""Authentication of API requests by the access token in the `Authorization` header. Nothing else authenticates them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from access_tokens import token_format
from access_tokens.actors import TokenActor
from access_tokens.authentication.counting import count_request
from access_tokens.authentication.failed_attempts import failed_attempts
from access_tokens.authentication.lookup import TOKEN_BY_KEY_ID, AuthenticationRow
from access_tokens.authentication.usage import usage
from access_tokens.models import AccessToken, RejectionReason, Status
from access_tokens.token_crypto import parse_key_ring
from access_tokens.token_format import Digest
from workspaces.actors import parse_ip_address, request_details
from workspaces.api.headers import SECRET_EXPIRES_HEADER
from workspaces.api.problems import Problem, unauthenticated
from workspaces.compiled_queries import object_builder
from workspaces.errors import NotAllowed
from workspaces.models import Workspace
from workspaces.models.workspace import effective_rate_limit
from workspaces.permissions import ROLES_WITH_PERMISSION, Permission, Role

BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
MISSING_TOKEN = "Send an access token in the header “Authorization: Bearer lkey_…”."
SESSION_ONLY = f"A browser session does not authenticate API requests. {MISSING_TOKEN}"
MALFORMED_HEADER = "Send one access token, as “Authorization: Bearer lkey_…”, and nothing else in this header."
UNKNOWN_TOKEN = "This access token is not valid."

build_token = object_builder(AccessToken, AuthenticationRow)
build_workspace = object_builder(Workspace, AuthenticationRow, prefix="workspace__")

type Environ = Mapping[str, Any]
"""A WSGI environment (PEP 3333)."""


class Principal:
    """The active access token that authenticated a request.

    previous_secret_expires_at: set if the request used the previous secret of a rotation.
    renewed_digest: set if the token's digest has an older pepper: that digest, and the one with the newest pepper.
    """

    def __init__(self, row: AuthenticationRow, previous_secret_expires_at: datetime | None = None) -> None:
        self.row = row
        self.previous_secret_expires_at = previous_secret_expires_at
        self.renewed_digest: tuple[Digest, Digest] | None = None

    @cached_property
    def workspace(self) -> Workspace:
        return build_workspace(self.row)

    @cached_property
    def token(self) -> AccessToken:
        """The token as a model object. Fields that are not in the row are read when they are used."""
        token = build_token(self.row)
        token.workspace = self.workspace
        return token

    @property
    def scope(self) -> Role:
        return Role(self.row.scope)

    def require(self, permission: Permission, request: HttpRequest) -> None:
        """Raises: NotAllowed if the token's scope lacks the permission."""
        if self.row.scope not in ROLES_WITH_PERMISSION[permission]:
            self.actor(request).require(permission, self.workspace)

    def actor(self, request: HttpRequest) -> TokenActor:
        """Return the token as an actor, for operations and events of this request."""
        stored = self.row.digest if self.previous_secret_expires_at is None else self.row.previous_secret_digest
        renewed = [self.renewed_digest[1].value] if self.renewed_digest else []
        digests = frozenset([stored or b"", *renewed])
        return TokenActor.from_row(self.row, digests=digests, details=request_details(request))

    def count_rejection(self, error: NotAllowed) -> None:
        """Count this request as rejected for lack of permission."""
        reason = RejectionReason.INSUFFICIENT_SCOPE if error.required_role else RejectionReason.NOT_ALLOWED
        usage.record_rejection(self.row.id, reason)


class Rejection(NamedTuple):
    """Why a request is not authenticated. `row` and `reason` are set if the token is known, and then counted.

    The response is the same for known and unknown tokens, unless the request has the whole token.
    """

    problem: Problem
    detail: str
    row: AuthenticationRow | None = None
    reason: RejectionReason | None = None


UNKNOWN = Rejection(Problem.INVALID_TOKEN, UNKNOWN_TOKEN)


def authenticate_and_count(environ: Environ, headers: dict[str, str]) -> Principal | HttpResponse:
    """Authenticate a request, and count it once: as a use of the token, a rejection or a failed attempt.

    Return the principal, or the response to a rejected request. Add to `headers` those of every response to this
    client, including error responses.

    Raises: OperationalError or InterfaceError if the database does not answer; then nothing was counted.
    """
    outcome = authenticate(environ.get("HTTP_AUTHORIZATION"))
    if isinstance(outcome, Rejection):
        return _reject(environ, outcome)
    row = outcome.row
    rate_limit = count_request(
        row.id,
        limit=effective_rate_limit(row.workspace__rate_limit, settings.RATE_LIMIT, settings.RATE_LIMIT_CEILING),
        stored_minute=row.rate_limit_minute,
        stored_requests=row.rate_limit_requests,
    )
    headers |= rate_limit.headers
    if outcome.previous_secret_expires_at is not None:
        headers[SECRET_EXPIRES_HEADER] = http_date(outcome.previous_secret_expires_at.timestamp())  # RFC 9110, 5.6.7
    if rate_limit.remaining < 0:
        usage.record_rejection(row.id, RejectionReason.RATE_LIMITED)
        seconds = rate_limit.resets_in_seconds
        detail = f"This access token has used its {rate_limit.limit} requests for this minute. Wait {seconds} seconds."
        return Problem.RATE_LIMITED.response(detail, headers={"Retry-After": str(seconds)})
    usage.record(
        row.id,
        previous_secret_expires_at=outcome.previous_secret_expires_at,
        address=environ.get("REMOTE_ADDR", ""),
        user_agent=environ.get("HTTP_USER_AGENT", ""),
        renewed_digest=outcome.renewed_digest,
    )
    return outcome


def authenticate(header: str | None) -> Principal | Rejection:
    """Check the value of an `Authorization` header. One query, or none if the header or token is malformed."""
    if not header:
        return Rejection(Problem.MISSING_TOKEN, MISSING_TOKEN)
    bearer = BEARER.fullmatch(header)
    if bearer is not None:
        return authenticate_token(bearer[1])
    if header.lower().startswith("bearer"):
        return Rejection(Problem.INVALID_TOKEN, MALFORMED_HEADER)
    return Rejection(Problem.MISSING_TOKEN, MISSING_TOKEN)


def authenticate_token(plaintext: str) -> Principal | Rejection:
    """Check a whole token: its format, its secret and its status, in this order."""
    key_id, now = token_format.parse_key_id(plaintext), datetime.now(UTC)
    row = TOKEN_BY_KEY_ID.get(key_id=key_id, now=now) if key_id else None
    if row is None:
        return UNKNOWN
    peppers = parse_key_ring(settings.TOKEN_PEPPERS)
    previous_secret_expires_at = None
    if not token_format.matches(plaintext, Digest(row.pepper_id, row.digest), peppers):
        previous, previous_secret_expires_at = row.previous_secret_digest, row.previous_secret_expires_at
        pepper_id = row.previous_secret_pepper_id
        if previous is None or not token_format.matches(plaintext, Digest(pepper_id, previous), peppers):
            return UNKNOWN._replace(row=row, reason=RejectionReason.WRONG_SECRET)
        if previous_secret_expires_at is None or previous_secret_expires_at <= now:
            return UNKNOWN._replace(row=row, reason=RejectionReason.PREVIOUS_SECRET)
    if row.status_name != Status.ACTIVE:
        return _inactive(row)
    principal = Principal(row, previous_secret_expires_at)
    if row.pepper_id != next(iter(peppers)) and previous_secret_expires_at is None:
        principal.renewed_digest = (Digest(row.pepper_id, row.digest), token_format.digest(plaintext, peppers))
    return principal


def _inactive(row: AuthenticationRow) -> Rejection:
    """Return the rejection of a token that is not active. The request had the whole token, so it is told why."""
    match row.status_name:
        case Status.WORKSPACE_DELETED:
            purge_at = Principal(row).workspace.purge_at
            detail = (
                f"The workspace of this access token is deleted. It will be purged at {purge_at:%Y-%m-%dT%H:%M:%SZ}."
            )
            detail += " Until then, its Owners can restore it."
            return Rejection(Problem.WORKSPACE_DELETED, detail, row, RejectionReason.WORKSPACE_DELETED)
        case Status.DISABLED:
            return Rejection(Problem.TOKEN_DISABLED, "This access token is disabled.", row, RejectionReason.DISABLED)
        case Status.EXPIRED:
            detail = f"This access token expired at {row.expires_at:%Y-%m-%dT%H:%M:%SZ}."
            return Rejection(Problem.TOKEN_EXPIRED, detail, row, RejectionReason.EXPIRED)
        case _:
            detail = f"The scope {Role(row.scope).label} of this access token is not available in its workspace."
            return Rejection(Problem.SCOPE_UNAVAILABLE, detail, row, RejectionReason.SCOPE_UNAVAILABLE)


def _reject(environ: Environ, rejection: Rejection) -> HttpResponse:
    """Return 401, or 429 after too many failed attempts. A request without a token does not count as one."""
    if rejection.problem is Problem.MISSING_TOKEN:
        has_session = settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", "")
        return unauthenticated(rejection.problem, SESSION_ONLY if has_session else rejection.detail)
    if rejection.row is not None and rejection.reason is not None:
        usage.record_rejection(rejection.row.id, rejection.reason)
    usage.start_thread()
    rate_limit = failed_attempts.count(parse_ip_address(environ.get("REMOTE_ADDR", "")))
    if rate_limit is None or rate_limit.remaining >= 0:
        return unauthenticated(rejection.problem, rejection.detail)
    seconds = rate_limit.resets_in_seconds
    detail = f"Too many requests from your IP address had no valid token. Wait {seconds} seconds."
    headers = {"Retry-After": str(seconds), **rate_limit.headers}
    return Problem.TOO_MANY_FAILURES.response(detail, headers=headers)
