"""Who calls the API: told by a token in `Authorization: Bearer` alone. Cookies are not looked at."""

import re
from dataclasses import dataclass
from datetime import datetime

from access_tokens import keys, rate_limits, secrets
from access_tokens.models import AccessToken, Status
from access_tokens.problems import Problem
from access_tokens.rate_limits import Quota
from access_tokens.usage import usage
from workspaces.models import Workspace
from workspaces.permissions import Role

BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
NO_TOKEN = "Send an access token in the header “Authorization: Bearer lkey_…”."
ONE_TOKEN = "Send one access token, as “Authorization: Bearer lkey_…”, and nothing else in this header."
UNKNOWN_TOKEN = "This access token is not valid."


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls the API: a token which was active when its row was read for this call.

    superseded_until: when the secret that came ends, if it is the old one of a rotation.
    """

    token: AccessToken
    workspace: Workspace
    scope: Role
    superseded_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a call is not authenticated."""

    problem: Problem
    detail: str


def authenticate(header: str | None) -> Principal | Refused:
    """The principal that an Authorization header stands for. One query; none for what is malformed."""
    if not header:
        return Refused(Problem.MISSING_TOKEN, NO_TOKEN)
    bearer = BEARER.fullmatch(header)
    if bearer is None:
        if header.lower().startswith("bearer"):
            return Refused(Problem.INVALID_TOKEN, ONE_TOKEN)
        return Refused(Problem.MISSING_TOKEN, NO_TOKEN)
    return principal_of(bearer[1])


def principal_of(plaintext: str) -> Principal | Refused:
    """The principal that a whole token stands for. Its state is told only to who holds the whole token."""
    key_id = secrets.key_id_of(plaintext)
    token = _read(key_id) if key_id else None
    if token is None:
        return Refused(Problem.INVALID_TOKEN, UNKNOWN_TOKEN)
    superseded_until = None
    if not secrets.matches(plaintext, token.stored_digest, keys.peppers()):
        if token.superseded is None or not secrets.matches(plaintext, token.superseded, keys.peppers()):
            return Refused(Problem.INVALID_TOKEN, UNKNOWN_TOKEN)
        superseded_until = token.superseded_until
    if not token.is_active:
        return _refusal(token)
    return Principal(token, token.workspace, token.scope_role, superseded_until)


def _read(key_id: str) -> AccessToken | None:
    return AccessToken.objects.select_related("workspace", "creator", "parent").filter(key_id=key_id).first()


def _refusal(token: AccessToken) -> Refused:
    match token.status:
        case Status.DISABLED:
            return Refused(Problem.TOKEN_DISABLED, "This access token is disabled.")
        case Status.EXPIRED:
            assert token.expires_at is not None
            words = f"This access token expired at {token.expires_at:%Y-%m-%dT%H:%M:%SZ}."
            return Refused(Problem.TOKEN_EXPIRED, words)
        case _:
            words = f"The scope {token.scope_role.label} of this access token is switched off in its workspace."
            return Refused(Problem.SCOPE_UNAVAILABLE, words)


def count(principal: Principal) -> Quota:
    """Count this call against the token's limit; as a use of it, if it is let through."""
    token = principal.token
    quota = rate_limits.admit(
        token.pk,
        limit=principal.workspace.calls_per_minute,
        written_minute=token.minute,
        written_calls=token.minute_calls,
    )
    if quota.remaining >= 0:
        usage.record(token.pk, superseded_until=principal.superseded_until)
    return quota


def count_failure(address: str | None) -> int | None:
    """Count a failed authentication. Returns None, or the seconds to wait if there were too many from there."""
    usage.watch()
    return rate_limits.failure_limit.count(address)
