from typing import Unpack

from django.db import transaction

from access_tokens.expiry import outlives
from access_tokens.models import AccessToken
from access_tokens.operations.common import forbid_outliving_actor, lock_token, record_token_event, require_version
from access_tokens.operations.fields import TokenChange, clean_fields, event_fields
from workspaces.actors import Actor
from workspaces.events import EventType, differences
from workspaces.operations import save_new_version
from workspaces.permissions import Permission


@transaction.atomic
def edit(token: AccessToken, *, by: Actor, version: int | None = None, **fields: Unpack[TokenChange]) -> AccessToken:
    """Change the given fields. An expired token can be given a later expiry.

    version: the version that the change is based on. None allows any version.

    Raises: NotAllowed (permission, a scope above the actor's role before or after, an expiry after the acting token's);
    ValidationError (label, scope, expires_at); EditConflict.
    """
    token, by = lock_token(token, by)
    by.require(Permission.EDIT_TOKENS, token.workspace)
    by.require_role_at_least(token.scope)
    require_version(token, version)
    cleaned = clean_fields(fields, token.workspace, current=token)
    scope, expires_at = cleaned.get("scope", token.scope), cleaned.get("expires_at", token.expires_at)
    by.require_role_at_least(scope)
    if scope > token.scope or outlives(expires_at, token.expires_at):
        forbid_outliving_actor(expires_at, by=by)
    before = event_fields(token)
    for name, value in cleaned.items():
        setattr(token, name, value)
    if changes := differences(before, event_fields(token)):
        save_new_version(token, *changes)
        record_token_event(EventType.TOKEN_EDITED, token, by=by, changes=changes)
    return token
