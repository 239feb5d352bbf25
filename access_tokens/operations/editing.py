from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction

from access_tokens.models import AccessToken
from access_tokens.operations.common import (
    clean_fields,
    event_fields,
    forbid_outliving_actor,
    lock_token,
    outlives,
    record_token_event,
    require_version,
    save_new_version,
    whole_seconds,
)
from workspaces.actors import Actor
from workspaces.events import EventType, differences
from workspaces.permissions import Permission


class TokenChange(TypedDict, total=False):
    """The fields of a token that an edit gives. What is left out stays as it is."""

    label: str
    scope: int
    expires_at: datetime | None


@transaction.atomic
def edit(token: AccessToken, *, by: Actor, version: int | None = None, **change: Unpack[TokenChange]) -> AccessToken:
    """Change what is given of label, scope and expiry. An expired token may be given a later expiry.

    version: the one that the change was thought out for; None if it holds for any.

    Raises: NotAllowed (permission, a scope above the actor's power before or after, a life beyond the acting token's);
    ValidationError (label, scope, expires_at); EditConflict, if the token is at another version.
    """
    token, by = lock_token(token, by)
    by.require(Permission.EDIT_TOKENS, token.workspace)
    by.require_role_at_least(token.scope)
    require_version(token, version)
    scope = change.get("scope", token.scope)
    expires_at = change.get("expires_at", token.expires_at)
    if moved := expires_at != token.expires_at:
        expires_at = whole_seconds(expires_at)
    label = clean_fields(
        label=change.get("label", token.label),
        scope=scope,
        expires_at=expires_at,
        workspace=token.workspace,
        scope_is_kept=scope == token.scope,
        expiry_is_kept=not moved,
    )
    by.require_role_at_least(scope)
    if scope > token.scope or (moved and outlives(expires_at, token.expires_at)):
        forbid_outliving_actor(expires_at, by=by)
    before = event_fields(token)
    token.label, token.scope, token.expires_at = label, scope, expires_at
    if changes := differences(before, event_fields(token)):
        save_new_version(token, "label", "scope", "expires_at")
        record_token_event(EventType.TOKEN_EDITED, token, by=by, changes=changes)
    return token
