"""Enable, disable and delete tokens."""

from django.db import transaction
from django.utils import timezone

from access_tokens.models import AccessToken
from access_tokens.operations.common import (
    forbid_outliving_actor,
    lock_token,
    record_token_event,
    require_permission_unless_self,
)
from workspaces.actors import Actor
from workspaces.events import EventType
from workspaces.operations import save_new_version
from workspaces.permissions import Permission


@transaction.atomic
def enable(token: AccessToken, *, by: Actor) -> AccessToken:
    """Let a disabled token authenticate again. Idempotent.

    Raises: NotAllowed (permission, a scope above the actor's role, an expiry after the acting token's).
    """
    token, by = lock_token(token, by)
    by.require(Permission.ENABLE_TOKENS, token.workspace)
    by.require_role_at_least(token.scope)
    forbid_outliving_actor(token.expires_at, by=by)
    if token.is_disabled:
        token.disabled_at = None
        save_new_version(token, "disabled_at")
        record_token_event(EventType.TOKEN_ENABLED, token, by=by)
    return token


@transaction.atomic
def disable(token: AccessToken, *, by: Actor) -> AccessToken:
    """Disable a token. Requests with it are rejected from the next one on. A token can always disable itself.

    Idempotent. Ends a rotation: enabling the token doesn't restore its previous secret.

    Raises: NotAllowed.
    """
    token, by = lock_token(token, by)
    require_permission_unless_self(Permission.DISABLE_TOKENS, token, by=by)
    if not token.is_disabled:
        token.disabled_at = timezone.now()
        token.clear_previous_secret()
        save_new_version(token, "disabled_at", *token.PREVIOUS_SECRET_FIELDS)
        record_token_event(EventType.TOKEN_DISABLED, token, by=by)
    return token


@transaction.atomic
def delete(token: AccessToken, *, by: Actor) -> None:
    """Delete a token with its digests and encrypted copy. A token can always delete itself.

    The tokens that it created get its parent as their parent.

    Raises: NotAllowed.
    """
    token, by = lock_token(token, by)
    require_permission_unless_self(Permission.DELETE_TOKENS, token, by=by)
    token.children.update(parent=token.parent_id)
    record_token_event(EventType.TOKEN_DELETED, token, by=by)
    token.delete()
