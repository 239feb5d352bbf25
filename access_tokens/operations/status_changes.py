"""Disable, enable, delete; and what a token made, which whoever stops it is offered too."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from access_tokens.models import AccessToken
from access_tokens.operations.common import (
    forbid_outliving_actor,
    lock_token,
    permission_or_self,
    record_token_event,
    save_new_version,
)
from workspaces.actors import Actor
from workspaces.events import EventType
from workspaces.permissions import Permission


@transaction.atomic
def enable(token: AccessToken, *, by: Actor) -> AccessToken:
    """Let a disabled token authenticate again. Idempotent.

    Raises: NotAllowed (permission, a scope above the actor's power, a life beyond the acting token's).
    """
    token, by = lock_token(token, by)
    by.require(Permission.ENABLE_TOKENS, token.workspace)
    by.require_role_at_least(token.scope)
    forbid_outliving_actor(token.expires_at, by=by)
    if token.disabled_at is not None:
        token.disabled_at = None
        save_new_version(token, "disabled_at")
        record_token_event(EventType.TOKEN_ENABLED, token, by=by)
    return token


@transaction.atomic
def disable(token: AccessToken, *, by: Actor) -> AccessToken:
    """Stop `token` from authenticating, from the next call on. Idempotent. A token may always disable itself.

    A superseded secret ends for good: enabling the token does not bring it back.

    Raises: NotAllowed.
    """
    token, by = lock_token(token, by)
    by.require(permission_or_self(Permission.DISABLE_TOKENS, token, by), token.workspace)
    if token.disabled_at is None:
        token.disabled_at = timezone.now()
        token.clear_previous_secret()
        save_new_version(token, "disabled_at", *token.PREVIOUS_SECRET_FIELDS)
        record_token_event(EventType.TOKEN_DISABLED, token, by=by)
    return token


@transaction.atomic
def delete(token: AccessToken, *, by: Actor) -> None:
    """Remove a token's row, encrypted copy and digests for good. A token may always delete itself.

    What it made stays, as children of the token above it.

    Raises: NotAllowed.
    """
    token, by = lock_token(token, by)
    by.require(permission_or_self(Permission.DELETE_TOKENS, token, by), token.workspace)
    token.children.update(parent=token.parent_id)
    record_token_event(EventType.TOKEN_DELETED, token, by=by)
    token.delete()


def child_tokens(token: AccessToken) -> list[AccessToken]:
    """The tokens that `token` made, those that these made, and so on, oldest first.

    Of a token that an operation returned and that made none, this is known without a query.
    """
    found: list[AccessToken] = []
    generation = [token] if getattr(token, "has_children", True) else []
    while generation:
        children = AccessToken.objects.filter(parent__in=generation).select_related("workspace", "creator")
        generation = list(children.order_by("created_at", "pk"))
        found += generation
    return found


def usable(tokens: Iterable[AccessToken]) -> list[AccessToken]:
    """Those that could authenticate now or once their scope is back: neither disabled nor expired."""
    now = timezone.now()
    return [token for token in tokens if not token.is_disabled and (token.expires_at is None or token.expires_at > now)]
