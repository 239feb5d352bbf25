"""A new secret for the same token. For a while the old one may work too, so that nothing stops in between."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from access_tokens import token_format
from access_tokens.models import AccessToken
from access_tokens.operations.common import (
    forbid_outliving_actor,
    lock_token,
    permission_or_self,
    record_token_event,
    require_version,
    save_new_version,
    set_secret,
)
from access_tokens.operations.creation import CreatedToken
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import EventType
from workspaces.permissions import Permission

MAX_OVERLAP = timedelta(days=7)
SECRET_FIELDS = ("pepper_id", "digest", "encryption_key_id", "encrypted_copy")


@transaction.atomic
def rotate(token: AccessToken, *, by: Actor, overlap: timedelta, version: int | None = None) -> CreatedToken:
    """Give `token` a new secret. Its row stays: key id, label, scope and expiry. A token may always rotate itself.

    overlap: how long the old secret works beside the new one, at most `MAX_OVERLAP` and the token's own life.
    version: the one that the rotation was asked for; None if it holds for any.

    Raises: NotAllowed (permission, a scope above the actor's power, a life beyond the acting token's); Conflict, if the
    token is not active or a rotation is under way; EditConflict; ValueError, for an overlap out of bounds.
    """
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise ValueError(f"An overlap lasts from nothing to {MAX_OVERLAP.days} days.")
    token, by = lock_token(token, by)
    by.require(permission_or_self(Permission.ROTATE_TOKENS, token, by), token.workspace)
    by.require_role_at_least(token.scope)
    forbid_outliving_actor(token.expires_at, by=by)
    require_version(token, version)
    if not token.is_active:
        raise Conflict("Only active tokens can be rotated.")
    if token.is_rotating:
        raise Conflict("A rotation of this token is under way. End its overlap first, or wait until it ends by itself.")
    old = token.stored_digest
    new = token_format.generate(token.key_id)
    token.clear_previous_secret()
    if overlap:
        token.previous_secret_expires_at = _overlap_end(overlap, token)
        token.previous_secret_pepper_id, token.previous_secret_digest = old
    set_secret(token, new.plaintext)
    save_new_version(token, *SECRET_FIELDS, *token.PREVIOUS_SECRET_FIELDS)
    record_token_event(
        EventType.TOKEN_ROTATED,
        token,
        by=by,
        changes={"previous_secret_expires_at": (None, _previous_secret_expiry(token))},
    )
    return CreatedToken(token, new.plaintext)


@transaction.atomic
def end_rotation(token: AccessToken, *, by: Actor) -> AccessToken:
    """Stop the superseded secret from authenticating, from the next call on. Idempotent.

    Raises: NotAllowed.
    """
    token, by = lock_token(token, by)
    by.require(permission_or_self(Permission.ROTATE_TOKENS, token, by), token.workspace)
    if token.is_rotating:
        before = _previous_secret_expiry(token)
        token.clear_previous_secret()
        save_new_version(token, *token.PREVIOUS_SECRET_FIELDS)
        record_token_event(
            EventType.TOKEN_ROTATION_ENDED,
            token,
            by=by,
            changes={"previous_secret_expires_at": (before, _previous_secret_expiry(token))},
        )
    return token


def _overlap_end(overlap: timedelta, token: AccessToken) -> datetime:
    """A whole second, not before the overlap is over; but never after the token's own end."""
    until = timezone.now().replace(microsecond=0) + overlap + timedelta(seconds=1)
    return min(until, token.expires_at) if token.expires_at else until


def _previous_secret_expiry(token: AccessToken) -> str:
    """When the old secret ends, or ended: now, if there is none."""
    return (token.previous_secret_expires_at or timezone.now()).isoformat(timespec="seconds")
