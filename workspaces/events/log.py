"""Writing to the event log, in the transaction of the change that the event records."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.db import models

from workspaces.actors import Actor
from workspaces.compiled_inserts import insert
from workspaces.models import Event, Membership, Workspace

type Changes = Mapping[str, tuple[Any, Any]]
"""Field name to (before, after)."""


class EventType(models.TextChoices):
    WORKSPACE_CREATED = "workspace.created", "Workspace created"
    ROLES_CHANGED = "workspace.roles_changed", "Available roles changed"
    WORKSPACE_RENAMED = "workspace.renamed", "Workspace renamed"
    COPY_POLICY_CHANGED = "workspace.copy_policy_changed", "Copy policy changed"
    RATE_LIMIT_CHANGED = "workspace.rate_limit_changed", "Rate limit changed"
    EVENTS_EXPORTED = "workspace.events_exported", "Event log exported"
    EXPIRY_POLICY_CHANGED = "workspace.expiry_policy_changed", "Expiry policy changed"
    WORKSPACE_DELETED = "workspace.deleted", "Workspace deleted"
    WORKSPACE_RESTORED = "workspace.restored", "Workspace restored"
    WORKSPACE_PURGED = "workspace.purged", "Workspace purged"
    MEMBER_INVITED = "member.invited", "Member invited"
    INVITATION_RESENT = "invitation.resent", "Invitation resent"
    INVITATION_REVOKED = "invitation.revoked", "Invitation revoked"
    MEMBER_ADDED = "member.added", "Member added"
    MEMBER_ROLE_CHANGED = "member.role_changed", "Member role changed"
    MEMBER_REMOVED = "member.removed", "Member removed"
    MEMBER_LEFT = "member.left", "Member left"
    MEMBER_DEACTIVATED = "member.deactivated", "Member deactivated"
    MEMBER_REACTIVATED = "member.reactivated", "Member reactivated"
    MEMBER_EMAIL_CHANGED = "member.email_changed", "Member e-mail changed"
    MEMBER_MFA_RESET = "member.mfa_reset", "Member MFA reset"
    PROJECT_CREATED = "project.created", "Project created"
    PROJECT_RENAMED = "project.renamed", "Project renamed"
    PROJECT_ARCHIVED = "project.archived", "Project archived"
    PROJECT_UNARCHIVED = "project.unarchived", "Project restored"
    PROJECT_DELETED = "project.deleted", "Project deleted"
    TOKEN_CREATED = "token.created", "Token created"
    TOKEN_EDITED = "token.edited", "Token edited"
    TOKEN_ENABLED = "token.enabled", "Token enabled"
    TOKEN_DISABLED = "token.disabled", "Token disabled"
    TOKEN_ROTATED = "token.rotated", "Token rotated"
    TOKEN_ROTATION_ENDED = "token.rotation_ended", "Previous secret revoked"
    TOKEN_DELETED = "token.deleted", "Token deleted"
    TOKEN_COPIED = "token.copied", "Token copied"

    @property
    def subject(self) -> str:
        """The kind of thing that the event is about: `token`."""
        return self.partition(".")[0]


def event_type_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the event types as choices of a select, grouped by subject."""
    return [
        (f"{subject.capitalize()}s", [(event_type.value, str(event_type.label)) for event_type in event_types])
        for subject, event_types in groupby(sorted(EventType, key=lambda one: one.subject), key=lambda one: one.subject)
    ]


def build_event(
    event_type: EventType,
    *,
    by: Actor,
    workspace: Workspace,
    subject_id: str,
    subject_name: str,
    changes: Changes | None = None,
) -> Event:
    """Return an unsaved event. `subject_id` is the public ID of the subject: a token ID, e-mail, project ID or slug."""
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
    """Write an event to the log. See `build_event` for the arguments."""
    event = build_event(
        event_type, by=by, workspace=workspace, subject_id=subject_id, subject_name=subject_name, changes=changes
    )
    insert(event)
    return event


def record_workspace_event(
    event_type: EventType, workspace: Workspace, *, by: Actor, changes: Changes | None = None
) -> Event:
    """Write an event about a workspace to its log."""
    return record_event(
        event_type, by=by, workspace=workspace, subject_id=workspace.slug, subject_name=workspace.name, changes=changes
    )


def record_member_event(
    event_type: EventType, membership: Membership, *, by: Actor, changes: Changes | None = None
) -> Event:
    """Write an event about a member to the log of their workspace."""
    workspace, user = membership.workspace, membership.user
    return record_event(
        event_type, by=by, workspace=workspace, subject_id=user.email, subject_name=user.display_name, changes=changes
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the fields whose values differ, as `Changes`."""
    return {field: (before[field], after[field]) for field in after if before[field] != after[field]}
