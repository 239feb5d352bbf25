"""Rotation: a new secret for a token, with an overlap period in which the previous secret also works."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from access_tokens import token_format
from access_tokens.models import AccessToken
from access_tokens.operations.common import (
    forbid_outliving_actor,
    lock_token,
    record_token_event,
    require_permission_unless_self,
    require_version,
)
from access_tokens.operations.creation import CreatedToken
from access_tokens.operations.fields import format_expiry
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import EventType
from workspaces.operations import save_new_version
from workspaces.permissions import Permission

MAX_OVERLAP = timedelta(days=7)


@transaction.atomic
def rotate(token: AccessToken, *, by: Actor, overlap: timedelta, version: int | None = None) -> CreatedToken:
    """Give a token a new secret. Its key ID, label, scope and expiry stay. A token can always rotate itself.

    overlap: how long the previous secret also works, at most `MAX_OVERLAP` and until the token expires.
    version: the version that the request is based on. None allows any version.

    Raises: NotAllowed (permission, a scope above the actor's role, an expiry after the acting token's); Conflict, if
    the token isn't active or is being rotated; EditConflict; ValueError, if the overlap is out of bounds.
    """
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise ValueError(f"The overlap must be between 0 and {MAX_OVERLAP.days} days.")
    token, by = lock_token(token, by)
    require_permission_unless_self(Permission.ROTATE_TOKENS, token, by=by)
    by.require_role_at_least(token.scope)
    forbid_outliving_actor(token.expires_at, by=by)
    require_version(token, version)
    if not token.is_active:
        raise Conflict("Only active tokens can be rotated.")
    if token.is_rotating:
        raise Conflict("The previous secret of this token still works. Stop it or wait until it expires, then rotate.")
    previous = token.stored_digest
    new = token_format.generate(token.key_id)
    token.clear_previous_secret()
    if overlap:
        token.previous_secret_expires_at = _overlap_end(overlap, token)
        token.previous_secret_pepper_id, token.previous_secret_digest = previous
    token.set_secret(new.plaintext)
    save_new_version(token, *token.SECRET_FIELDS, *token.PREVIOUS_SECRET_FIELDS)
    changes = {"previous_secret_expires_at": (None, _previous_secret_expiry(token))}
    record_token_event(EventType.TOKEN_ROTATED, token, by=by, changes=changes)
    return CreatedToken(token, new.plaintext)


@transaction.atomic
def end_rotation(token: AccessToken, *, by: Actor) -> AccessToken:
    """Stop the previous secret. Requests with it are rejected from the next one on. Idempotent.

    Raises: NotAllowed.
    """
    token, by = lock_token(token, by)
    require_permission_unless_self(Permission.ROTATE_TOKENS, token, by=by)
    if token.is_rotating:
        before = _previous_secret_expiry(token)
        token.clear_previous_secret()
        save_new_version(token, *token.PREVIOUS_SECRET_FIELDS)
        changes = {"previous_secret_expires_at": (before, _previous_secret_expiry(token))}
        record_token_event(EventType.TOKEN_ROTATION_ENDED, token, by=by, changes=changes)
    return token


def _overlap_end(overlap: timedelta, token: AccessToken) -> datetime:
    """Return the end of the overlap period, rounded up to a second and not after the token's expiry."""
    until = timezone.now().replace(microsecond=0) + overlap + timedelta(seconds=1)
    return min(until, token.expires_at) if token.expires_at else until


def _previous_secret_expiry(token: AccessToken) -> str | None:
    """Return when the previous secret expires: now, if there is none."""
    return format_expiry(token.previous_secret_expires_at or timezone.now())
