"""Tokens created by a member who leaves, is removed or gets a lower role. They keep working until disabled."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from access_tokens.models import AccessToken, AccessTokenQuerySet
from access_tokens.operations.bulk import bulk_update
from access_tokens.token_preview import TokenPreview
from accounts.models import User
from workspaces.actors import Actor
from workspaces.events import EventType
from workspaces.models import Membership, Workspace
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission


def usable_tokens_created_by(membership: Membership) -> TokenPreview:
    """Return a preview of the usable tokens that a member or their tokens created in the workspace."""
    return TokenPreview.from_queryset(_usable_tokens(membership.user, membership.workspace))


@transaction.atomic
def disable_tokens_created_by(
    membership: Membership, *, by: Actor, key_ids: Collection[str] | None = None, limit: int | None = None
) -> int:
    """Disable usable tokens that a member created, and return how many.

    key_ids: disable only the tokens with these key IDs. limit: without key IDs, disable only the oldest ones.

    Raises: NotAllowed.
    """
    workspace, by = lock_workspace_and_refresh_actor(membership.workspace, by)
    by.require(Permission.DISABLE_TOKENS, workspace)
    usable = _usable_tokens(membership.user, workspace).only("key_id", "label", "creator_email").order_by("pk")
    if key_ids is None:
        usable = usable[:limit]
    # Key IDs are compared here, because PostgreSQL rejects some strings, for example with a NUL character.
    tokens = [token for token in usable if key_ids is None or token.key_id in key_ids]
    values = {**AccessToken.NO_PREVIOUS_SECRET, "disabled_at": timezone.now()}
    bulk_update(tokens, values, EventType.TOKEN_DISABLED, by=by, workspace=workspace)
    return len(tokens)


def _usable_tokens(creator: User, workspace: Workspace) -> AccessTokenQuerySet:
    return AccessToken.objects.filter(workspace=workspace, creator=creator).usable()
