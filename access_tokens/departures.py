"""What somebody leaves behind who goes, or loses power: the tokens that they made. These stay; they may be disabled."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from access_tokens.models import AccessToken, AccessTokenQuerySet
from accounts.models import User
from workspaces.actors import Actor
from workspaces.events import Kind, compose
from workspaces.models import Event, Membership, Workspace
from workspaces.operations import lock
from workspaces.permissions import Permission

SHOWN = 50
BATCH = 500


@dataclass(frozen=True)
class Legacy:
    """The tokens that a person made in a workspace and that live: how many, and those that were used last."""

    count: int
    shown: list[AccessToken]

    @property
    def others(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)


def legacy_of(membership: Membership) -> Legacy:
    """What a member would leave behind in their workspace. Counts what their tokens made, too."""
    tokens = _made_by(membership.user, membership.workspace)
    by_last_use = tokens.order_by(F("last_used_at").desc(nulls_last=True), "-pk")
    shown = list(by_last_use.select_related("workspace", "creator")[:SHOWN])
    return Legacy(len(shown) if len(shown) < SHOWN else tokens.count(), shown)


@transaction.atomic
def disable_legacy(membership: Membership, *, by: Actor, key_ids: Collection[str] | None = None) -> int:
    """Disable, at once, what a member made and still lives: the tokens with these key ids, or all of them (None).

    Returns how many. Raises: NotAllowed.
    """
    workspace, by = lock(membership.workspace, by)
    by.require(Permission.DISABLE_TOKENS, workspace)
    found = _made_by(membership.user, workspace).only("key_id", "label", "creator_email")
    tokens = [token for token in found if key_ids is None or token.key_id in key_ids]
    stopped = {**AccessToken.NOTHING_SUPERSEDED, "disabled_at": timezone.now(), "version": F("version") + 1}
    for start in range(0, len(tokens), BATCH):
        batch = tokens[start : start + BATCH]
        AccessToken.objects.filter(pk__in=[token.pk for token in batch]).update(**stopped)
        Event.objects.bulk_create(
            compose(
                Kind.TOKEN_DISABLED, by=by, workspace=workspace, subject_id=token.token_id, subject_name=token.label
            )
            for token in batch
        )
    return len(tokens)


def _made_by(user: User, workspace: Workspace) -> AccessTokenQuerySet:
    return AccessToken.objects.filter(workspace=workspace, creator=user).living()
