"""Writing to the event log. Called within the transaction of the change that it tells of."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.db import models

from workspaces.actors import Actor
from workspaces.models import Event, Workspace

type Changes = Mapping[str, tuple[Any, Any]]


class EventType(models.TextChoices):
    WORKSPACE_CREATED = "workspace.created", "Workspace created"
    ROLES_CHANGED = "workspace.roles_changed", "Available roles changed"
    WORKSPACE_RENAMED = "workspace.renamed", "Workspace renamed"
    COPY_POLICY_CHANGED = "workspace.copy_policy_changed", "Copy policy changed"
    RATE_LIMIT_CHANGED = "workspace.rate_limit_changed", "Rate limit changed"
    EVENTS_EXPORTED = "workspace.events_exported", "Event log exported"
    EXPIRY_POLICY_CHANGED = "workspace.expiry_policy_changed", "Lifetime policy changed"
    WORKSPACE_DELETED = "workspace.deleted", "Workspace deleted"
    WORKSPACE_RESTORED = "workspace.restored", "Workspace brought back"
    WORKSPACE_PURGED = "workspace.purged", "Workspace purged"
    MEMBER_INVITED = "member.invited", "Member invited"
    INVITATION_RESENT = "invitation.resent", "Invitation sent again"
    INVITATION_REVOKED = "invitation.revoked", "Invitation revoked"
    MEMBER_ADDED = "member.added", "Member added"
    MEMBER_ROLE_CHANGED = "member.role_changed", "Role changed"
    MEMBER_REMOVED = "member.removed", "Member removed"
    MEMBER_LEFT = "member.left", "Member left"
    MEMBER_DEACTIVATED = "member.deactivated", "Member deactivated"
    MEMBER_REACTIVATED = "member.reactivated", "Member active again"
    MEMBER_EMAIL_CHANGED = "member.email_changed", "E-mail changed"
    MEMBER_MFA_RESET = "member.mfa_reset", "Passkeys and codes reset"
    PROJECT_CREATED = "project.created", "Project created"
    PROJECT_RENAMED = "project.renamed", "Project renamed"
    PROJECT_ARCHIVED = "project.archived", "Project archived"
    PROJECT_UNARCHIVED = "project.unarchived", "Project brought back"
    PROJECT_DELETED = "project.deleted", "Project deleted"
    TOKEN_CREATED = "token.created", "Token created"
    TOKEN_EDITED = "token.edited", "Token edited"
    TOKEN_ENABLED = "token.enabled", "Token enabled"
    TOKEN_DISABLED = "token.disabled", "Token disabled"
    TOKEN_ROTATED = "token.rotated", "Token rotated"
    TOKEN_ROTATION_ENDED = "token.rotation_ended", "Old secret ended"
    TOKEN_DELETED = "token.deleted", "Token deleted"
    TOKEN_COPIED = "token.copied", "Token copied"


def event_type_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The kinds as the groups of a select: what they are about, and each with its label."""
    return [
        (noun.capitalize() + "s", [(event_type.value, str(event_type.label)) for event_type in kinds])
        for noun, kinds in groupby(sorted(EventType, key=_noun), key=_noun)
    ]


def _noun(event_type: EventType) -> str:
    return event_type.partition(".")[0]


def build_event(
    event_type: EventType,
    *,
    by: Actor,
    workspace: Workspace,
    subject_id: str,
    subject_name: str,
    changes: Changes | None = None,
) -> Event:
    """One event, not yet written: see `record_event`."""
    return Event(
        workspace=workspace,
        workspace_slug=workspace.slug,
        event_type=event_type,
        actor_type=by.type,
        actor_name=by.name,
        actor_label=by.label,
        subject_id=subject_id,
        subject_name=subject_name,
        changes={field: list(before_and_after) for field, before_and_after in (changes or {}).items()},
        ip_address=by.ip_address,
        client=by.client,
        request_id=by.request_id,
    )


def record_event(
    event_type: EventType,
    *,
    by: Actor,
    workspace: Workspace,
    subject_id: str,
    subject_name: str,
    changes: Changes | None = None,
) -> Event:
    """One event. `subject_id` is the public id of what changed: a token id, an e-mail, a project's id, a slug."""
    event = build_event(
        event_type, by=by, workspace=workspace, subject_id=subject_id, subject_name=subject_name, changes=changes
    )
    event.save()
    return event


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields whose value is another one now, with both values."""
    return {field: (before[field], after[field]) for field in after if before[field] != after[field]}
