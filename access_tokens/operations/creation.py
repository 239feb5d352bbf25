from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from access_tokens import token_format
from access_tokens.models import AccessToken
from access_tokens.operations.common import (
    clean_fields,
    event_fields,
    forbid_outliving_actor,
    record_token_event,
    set_secret,
    whole_seconds,
)
from accounts.models import User
from workspaces.actors import Actor
from workspaces.events import EventType, differences
from workspaces.models import Workspace
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission


class CreatedToken(NamedTuple):
    """A token with a new secret. `plaintext` stands here and in the answer, nowhere else."""

    token: AccessToken
    plaintext: str


@transaction.atomic
def create(
    workspace: Workspace,
    *,
    by: Actor,
    label: str,
    scope: int,
    expires_at: datetime | None,
    creator: User | None = None,
) -> CreatedToken:
    """Make a token. Its creator is the actor's user (the parent's creator for a token), unless a command names one.

    Raises: NotAllowed (permission, a scope above the actor's power, a life beyond the acting token's);
    ValidationError (label, scope, expires_at).
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.CREATE_TOKENS, workspace)
    expires_at = whole_seconds(expires_at)
    label = clean_fields(label=label, scope=scope, expires_at=expires_at, workspace=workspace)
    by.require_role_at_least(scope)
    forbid_outliving_actor(expires_at, by=by)
    parent = AccessToken.objects.get(pk=by.token_pk) if by.token_pk else None
    creator = creator or by.user
    creator_email = parent.creator_email if parent else creator.email if creator else ""
    if not creator_email:
        raise ValidationError({"creator": "Name the person who is to count as the creator."})
    new = token_format.generate()
    token = AccessToken(
        workspace=workspace,
        key_id=new.key_id,
        label=label,
        scope=scope,
        expires_at=expires_at,
        creator=parent.creator if parent else creator,
        creator_email=creator_email,
        parent=parent,
    )
    set_secret(token, new.plaintext)
    token.save(force_insert=True)
    nothing: dict[str, Any] = dict.fromkeys(event_fields(token))
    record_token_event(EventType.TOKEN_CREATED, token, by=by, changes=differences(nothing, event_fields(token)))
    return CreatedToken(token, new.plaintext)
