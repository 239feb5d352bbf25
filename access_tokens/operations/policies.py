"""What Owners decide for all tokens of their workspace."""

from dataclasses import asdict
from typing import Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from access_tokens.expiry_policy import ExpiryPolicy, ExpiryPolicyChange
from access_tokens.models import AccessToken
from access_tokens.operations.bulk import bulk_update
from access_tokens.operations.common import format_expiry
from workspaces.actors import Actor
from workspaces.events import Changes, EventType, differences, record_event
from workspaces.models import CopyPolicy, Workspace
from workspaces.operations import lock_workspace_and_refresh_actor, save_new_version
from workspaces.permissions import Permission


@transaction.atomic
def set_copy_policy(workspace: Workspace, policy: CopyPolicy, *, by: Actor) -> int:
    """Choose whether tokens can be copied later. `SHOW_ONCE` destroys the encrypted copies; return how many.

    Raises: NotAllowed.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.SET_COPY_POLICY, workspace)
    if policy == workspace.copy_policy:
        return 0
    before, workspace.copy_policy = workspace.copy_policy, policy
    save_new_version(workspace, "copy_policy")
    destroyed = 0
    if policy == CopyPolicy.SHOW_ONCE:
        destroyed = workspace.access_tokens.exclude(encrypted_copy=None).update(
            encrypted_copy=None, encryption_key_id=""
        )
    changes: dict[str, tuple[object, object]] = {"copy_policy": (before, policy.value)}
    if destroyed:
        changes["encrypted_copies"] = (destroyed, 0)
    _tell(EventType.COPY_POLICY_CHANGED, workspace, by=by, changes=changes)
    return destroyed


@transaction.atomic
def set_rate_limit(workspace: Workspace, requests_per_minute: int | None, *, by: Actor) -> Workspace:
    """Choose how many calls a minute each token may make; None for what the operator sets.

    Raises: NotAllowed; ValidationError (requests_per_minute), if it is below 1 or above the operator's ceiling.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.SET_RATE_LIMIT, workspace)
    ceiling = settings.RATE_LIMIT_CEILING
    if requests_per_minute is not None and not 1 <= requests_per_minute <= ceiling:
        words = f"Choose from 1 to {ceiling} calls a minute: more is not allowed on this Latchkey."
        raise ValidationError({"requests_per_minute": words})
    before, workspace.rate_limit = workspace.rate_limit, requests_per_minute
    if before != requests_per_minute:
        save_new_version(workspace, "rate_limit")
        _tell(
            EventType.RATE_LIMIT_CHANGED,
            workspace,
            by=by,
            changes={"requests_per_minute": (before, requests_per_minute)},
        )
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
    """Choose how long tokens may live.

    cap_existing_tokens: shorten the expiry of tokens that exceed the new policy. Otherwise they keep it.
    limit: shorten at most this many tokens, the oldest first. Repeat the request for the rest.

    Returns how many were cut. Raises: NotAllowed; ValidationError (the fields of the change).
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
    capped, left = _cap(workspace, after, by=by, limit=limit) if cap_existing_tokens else (0, 0)
    if capped:
        changes["tokens_exceeding_policy"] = (capped + left, left)
    if changes:
        _tell(EventType.EXPIRY_POLICY_CHANGED, workspace, by=by, changes=changes)
    return capped


def _cap(workspace: Workspace, policy: ExpiryPolicy, *, by: Actor, limit: int | None) -> tuple[int, int]:
    """Cut the tokens that live longer than may be chosen now. Returns how many, and how many are left."""
    now = timezone.now()
    end, longer = policy.capped_expiry(now), policy.tokens_exceeding(workspace, now)
    tokens = list(longer.only("key_id", "label", "creator_email", "expires_at").order_by("pk")[:limit])

    def changes_of(token: AccessToken) -> Changes:
        return {"expires_at": (format_expiry(token.expires_at), format_expiry(end))}

    bulk_update(tokens, {"expires_at": end}, EventType.TOKEN_EDITED, by=by, workspace=workspace, changes_of=changes_of)
    return len(tokens), longer.count()


def _tell(event_type: EventType, workspace: Workspace, *, by: Actor, changes: Changes) -> None:
    record_event(
        event_type, by=by, workspace=workspace, subject_id=workspace.slug, subject_name=workspace.name, changes=changes
    )
