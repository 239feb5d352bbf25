"""Locks, rules and events that several operations share."""

from datetime import datetime

from access_tokens.expiry import outlives
from access_tokens.models import AccessToken
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import Changes, EventType, record_event
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission


class EditConflict(Conflict):
    """The token has changed since it was read for this request. `token` is its current version."""

    def __init__(self, token: AccessToken) -> None:
        super().__init__("Someone else changed this token in the meantime.")
        self.token = token


def lock_token(token: AccessToken, by: Actor) -> tuple[AccessToken, Actor]:
    """Lock the workspace's row and then the token's. Return the current token and actor.

    The returned token has its creator and `has_children`.

    Raises: NotAllowed, if the actor has lost all access; AccessToken.DoesNotExist.
    """
    workspace, by = lock_workspace_and_refresh_actor(token.workspace, by)
    rows = AccessToken.objects.annotate_has_children().select_related("creator")
    rows = rows.select_for_update(no_key=True, of=("self",))
    token = rows.get(workspace=workspace, key_id=token.key_id)
    token.workspace = workspace
    return token, by


def require_permission_unless_self(permission: Permission, token: AccessToken, *, by: Actor) -> None:
    """Require a permission, except for a token that acts on itself.

    Raises: NotAllowed.
    """
    by.require(Permission.MANAGE_SELF if by.token_pk == token.pk else permission, token.workspace)


def require_version(token: AccessToken, version: int | None) -> None:
    """Raises: EditConflict, if the token is at another version. None allows any version."""
    if version not in {None, token.version}:
        raise EditConflict(token)


def forbid_outliving_actor(expires_at: datetime | None, *, by: Actor) -> None:
    """Prevent an acting token from giving itself or another token a later expiry than its own.

    Raises: NotAllowed.
    """
    if outlives(expires_at, by.token_expires_at):
        assert by.token_expires_at is not None
        raise NotAllowed(
            f"Your access token expires at {by.token_expires_at:%Y-%m-%dT%H:%M:%SZ}. Choose an expiry that isn't later."
        )


def record_token_event(event_type: EventType, token: AccessToken, *, by: Actor, changes: Changes | None = None) -> None:
    record_event(
        event_type,
        by=by,
        workspace=token.workspace,
        subject_id=token.token_id,
        subject_name=token.label,
        changes=changes,
    )
