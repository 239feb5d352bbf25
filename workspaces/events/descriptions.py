"""Descriptions of events in words, for the console, exports and the API."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from workspaces.actors import ActorType
from workspaces.events import EventType
from workspaces.models import Event
from workspaces.permissions import Role

PHRASES: Mapping[str, str] = MappingProxyType(
    {
        EventType.ROLES_CHANGED: "changed the available roles",
        EventType.EVENTS_EXPORTED: "exported the event log",
        EventType.MEMBER_INVITED: "invited {}",
        EventType.INVITATION_RESENT: "resent the invitation for {}",
        EventType.INVITATION_REVOKED: "revoked the invitation for {}",
        EventType.MEMBER_ADDED: "added {} to the workspace",
        EventType.MEMBER_ROLE_CHANGED: "changed the role of {}",
        EventType.MEMBER_REMOVED: "removed {} from the workspace",
        EventType.MEMBER_LEFT: "left the workspace",
        EventType.MEMBER_DEACTIVATED: "deactivated {}",
        EventType.MEMBER_REACTIVATED: "reactivated {}",
        EventType.MEMBER_EMAIL_CHANGED: "changed the e-mail address of {}",
        EventType.MEMBER_MFA_RESET: "reset the MFA of {}",
        EventType.PROJECT_UNARCHIVED: "restored the project {}",
        EventType.TOKEN_ROTATION_ENDED: "revoked the previous secret of the token {}",
        EventType.TOKEN_COPIED: "copied the secret of the token {}",
    }
)
"""Phrases that can't be derived from the event type (see `_phrase`). `{}` is the subject."""
ACTORS: Mapping[str, str] = MappingProxyType(
    {
        ActorType.TOKEN: "The token {}",
        ActorType.OPERATOR: "{} (operator)",
        ActorType.COMMAND: "{} (command)",
        ActorType.SYSTEM: "Latchkey",
    }
)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
NO_VALUE = "none"


class EventDescription(NamedTuple):
    """The parts of a sentence: `Maya Okafor`, `removed`, `Ada Lovelace`, `from the workspace`."""

    actor: str
    verb: str
    subject: str
    complement: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in self if part)


class FieldChange(NamedTuple):
    """A changed field and its values, in words."""

    field: str
    before: str
    after: str


def describe_event(event: Event) -> EventDescription:
    """Describe an event in a sentence, with the names at the time of the event."""
    actor = ACTORS.get(event.actor_type, "{}").format(event.actor_label or event.actor_name)
    verb, has_subject, complement = _phrase(event.event_type).partition("{}")
    subject = (event.subject_name or event.subject_id) if has_subject else ""
    return EventDescription(actor, verb.strip(), subject, complement.strip())


def describe_changes(event: Event) -> list[FieldChange]:
    return [
        FieldChange(field.replace("_", " ").capitalize(), _describe_value(field, before), _describe_value(field, after))
        for field, (before, after) in event.changes.items()
    ]


def summarize_changes(event: Event) -> str:
    """Describe an event's changes in one line: `Scope: Viewer → Team Member`, or only the new values."""
    is_new = all(before is None for before, _ in event.changes.values())
    return " · ".join(
        f"{field}: {after}" if is_new else f"{field}: {before} → {after}"
        for field, before, after in describe_changes(event)
        if not is_new or after != event.subject_name
    )


def _phrase(event_type: str) -> str:
    """Return the phrase of an event type.

    By default, `token.disabled` becomes `disabled the token {}`, and `workspace.copy_policy_changed` becomes
    `changed the copy policy`.
    """
    if event_type in PHRASES:
        return PHRASES[event_type]
    noun, _, verb = event_type.partition(".")
    *attribute, verb = verb.split("_")
    return f"{verb} the {' '.join(attribute)}" if attribute else f"{verb} the {noun} {{}}"


def _describe_value(field: str, value: Any) -> str:
    match value:
        case None:
            return NO_VALUE
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_describe_value(field, item) for item in value) or NO_VALUE
        case str() if field in {"role", "roles", "scope"} and value.upper() in Role.__members__:
            return str(Role.from_api_name(value).label)
        case str() if field == "copy_policy":
            return value.replace("_", " ")
        case str() if INSTANT.fullmatch(value):
            return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case _:
            return str(value)


def serialize_event(event: Event) -> dict[str, Any]:
    """Return an event as the API and JSON Lines exports represent it."""
    return {
        "id": event.pk,
        "at": event.at,
        "type": event.event_type,
        "description": str(describe_event(event)),
        "actor": {"type": event.actor_type, "name": event.actor_name, "label": event.actor_label},
        "subject": {"id": event.subject_id, "name": event.subject_name},
        "changes": event.changes,
        "ip_address": event.ip_address,
        "client": event.client,
        "request_id": event.request_id,
    }
