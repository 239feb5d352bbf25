from typing import Any, NamedTuple, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from access_tokens import token_format
from access_tokens.models import AccessToken
from access_tokens.operations.common import forbid_outliving_actor, record_token_event
from access_tokens.operations.fields import NewTokenFields, clean_fields, event_fields
from accounts.models import User
from workspaces.actors import Actor
from workspaces.compiled_inserts import insert
from workspaces.events import EventType, differences
from workspaces.models import Workspace
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission


class CreatedToken(NamedTuple):
    """A token with a new secret. `plaintext` is the whole token. Show it once; it isn't logged or stored."""

    token: AccessToken
    plaintext: str


@transaction.atomic
def create(
    workspace: Workspace, *, by: Actor, creator: User | None = None, **fields: Unpack[NewTokenFields]
) -> CreatedToken:
    """Create a token. Its creator is the actor, or the creator of an acting token, unless a command names one.

    Raises: NotAllowed (permission, a scope above the actor's role, an expiry after the acting token's);
    ValidationError (label, scope, expires_at, creator).
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.CREATE_TOKENS, workspace)
    cleaned = clean_fields(fields, workspace)
    by.require_role_at_least(cleaned["scope"])
    forbid_outliving_actor(cleaned["expires_at"], by=by)
    if by.token_pk:
        creator, creator_email = by.user, by.name.rpartition("_")[0]  # the name of a token is its token ID
    elif creator := creator or by.user:
        creator_email = creator.email
    else:
        raise ValidationError({"creator": "Name the member who is to be the creator."})
    new = token_format.generate()
    token = AccessToken(
        workspace=workspace,
        key_id=new.key_id,
        creator=creator,
        creator_email=creator_email,
        parent_id=by.token_pk,
        **cleaned,
    )
    token.set_secret(new.plaintext)
    insert(token)
    after = event_fields(token)
    before: dict[str, Any] = dict.fromkeys(after)
    record_token_event(EventType.TOKEN_CREATED, token, by=by, changes=differences(before, after))
    return CreatedToken(token, new.plaintext)
