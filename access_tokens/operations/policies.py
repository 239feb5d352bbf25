"""Token policies of a workspace, which its Owners set."""

from dataclasses import asdict
from typing import Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from access_tokens.expiry_policy import ExpiryPolicy, ExpiryPolicyChange
from access_tokens.models import AccessToken
from access_tokens.operations.bulk import bulk_update
from access_tokens.operations.fields import format_expiry
from workspaces.actors import Actor
from workspaces.events import Changes, EventType, differences, record_workspace_event
from workspaces.models import CopyPolicy, Workspace
from workspaces.operations import lock_workspace_and_refresh_actor, save_new_version
from workspaces.permissions import Permission


@transaction.atomic
def set_copy_policy(workspace: Workspace, policy: CopyPolicy, *, by: Actor) -> int:
    """Set whether tokens can be copied later. `SHOW_ONCE` destroys the encrypted copies. Return how many.

    Raises: NotAllowed.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.SET_COPY_POLICY, workspace)
    if policy == workspace.copy_policy:
        return 0
    changes: dict[str, tuple[object, object]] = {"copy_policy": (workspace.copy_policy, policy.value)}
    workspace.copy_policy = policy
    save_new_version(workspace, "copy_policy")
    destroyed = 0
    if policy == CopyPolicy.SHOW_ONCE:
        copies = workspace.access_tokens.exclude(encrypted_copy=None)
        destroyed = copies.update(encrypted_copy=None, encryption_key_id="")
    if destroyed:
        changes["encrypted_copies"] = (destroyed, 0)
    record_workspace_event(EventType.COPY_POLICY_CHANGED, workspace, by=by, changes=changes)
    return destroyed


@transaction.atomic
def set_rate_limit(workspace: Workspace, requests_per_minute: int | None, *, by: Actor) -> Workspace:
    """Set how many requests per minute each token can make. None sets the operator's default.

    Raises: NotAllowed; ValidationError (requests_per_minute), below 1 or above RATE_LIMIT_CEILING.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.SET_RATE_LIMIT, workspace)
    ceiling = settings.RATE_LIMIT_CEILING
    if requests_per_minute is not None and not 1 <= requests_per_minute <= ceiling:
        raise ValidationError({"requests_per_minute": f"Choose from 1 to {ceiling} requests per minute."})
    before, workspace.rate_limit = workspace.rate_limit, requests_per_minute
    if before != requests_per_minute:
        save_new_version(workspace, "rate_limit")
        changes = {"requests_per_minute": (before, requests_per_minute)}
        record_workspace_event(EventType.RATE_LIMIT_CHANGED, workspace, by=by, changes=changes)
    return workspace


@transaction.atomic
def set_expiry_policy(
    workspace: Workspace,
    *,
    by: Actor,
    cap_existing_tokens: bool = False,
    limit: int | None = None,
    **change: Unpack[ExpiryPolicyChange],
) -> int:
    """Set the expiry policy. Return the number of existing tokens that were capped.

    cap_existing_tokens: shorten the expiry of tokens that exceed the new policy. By default, they keep it.
    limit: cap at most this many tokens, the oldest first. The same request caps the rest.

    Raises: NotAllowed; ValidationError (the fields of the change).
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.SET_EXPIRY_POLICY, workspace)
    before = ExpiryPolicy.for_workspace(workspace)
    after = before.with_changes(**change)
    changes: dict[str, tuple[object, object]] = {**differences(asdict(before), asdict(after))}
    for field, (_, value) in changes.items():
        setattr(workspace, field, value)
    if changes:
        save_new_version(workspace, *changes)
    capped, left = _cap_tokens(workspace, after, by=by, limit=limit) if cap_existing_tokens else (0, 0)
    if capped:
        changes["tokens_exceeding_policy"] = (capped + left, left)
    if changes:
        record_workspace_event(EventType.EXPIRY_POLICY_CHANGED, workspace, by=by, changes=changes)
    return capped


def _cap_tokens(workspace: Workspace, policy: ExpiryPolicy, *, by: Actor, limit: int | None) -> tuple[int, int]:
    """Cap tokens that exceed the policy. Return how many, and how many are left."""
    now = timezone.now()
    capped_expiry, exceeding = policy.capped_expiry(now), policy.tokens_exceeding(workspace, now)
    tokens = list(exceeding.only("key_id", "label", "creator_email", "expires_at").order_by("pk")[:limit])

    def changes_of(token: AccessToken) -> Changes:
        return {"expires_at": (format_expiry(token.expires_at), format_expiry(capped_expiry))}

    values = {"expires_at": capped_expiry}
    bulk_update(tokens, values, EventType.TOKEN_EDITED, by=by, workspace=workspace, changes_of=changes_of)
    return len(tokens), exceeding.count()
