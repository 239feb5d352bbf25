"""What somebody leaves behind who goes, or loses power: the tokens that they made. These stay; they may be disabled."""

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
    """What a member would leave behind in their workspace: tokens that live. Counts what their tokens made, too."""
    return TokenPreview.from_queryset(_made_by(membership.user, membership.workspace))


@transaction.atomic
def disable_tokens_created_by(
    membership: Membership, *, by: Actor, key_ids: Collection[str] | None = None, limit: int | None = None
) -> int:
    """Disable, at once, what a member made and still lives: the tokens with these key ids, or all of them (None).

    limit: of all, so many, the oldest first. Returns how many. Raises: NotAllowed.
    """
    workspace, by = lock_workspace_and_refresh_actor(membership.workspace, by)
    by.require(Permission.DISABLE_TOKENS, workspace)
    found = _made_by(membership.user, workspace).only("key_id", "label", "creator_email").order_by("pk")
    chosen = found[:limit] if key_ids is None else found  # what was sent may be nothing that a database takes
    tokens = [token for token in chosen if key_ids is None or token.key_id in key_ids]
    stopped = {**AccessToken.NO_PREVIOUS_SECRET, "disabled_at": timezone.now()}
    bulk_update(tokens, stopped, EventType.TOKEN_DISABLED, by=by, workspace=workspace)
    return len(tokens)


def _made_by(user: User, workspace: Workspace) -> AccessTokenQuerySet:
    return AccessToken.objects.filter(workspace=workspace, creator=user).usable()
