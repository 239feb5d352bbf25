"""Events as sentences, and what they changed in words: for the console, for exports and for the API alike."""

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
        EventType.ROLES_CHANGED: "changed which roles are available",
        EventType.EVENTS_EXPORTED: "exported the event log",
        EventType.EXPIRY_POLICY_CHANGED: "changed how long tokens may live",
        EventType.WORKSPACE_RESTORED: "brought back the workspace {}",
        EventType.WORKSPACE_PURGED: "removed the workspace {} for good",
        EventType.MEMBER_INVITED: "invited {}",
        EventType.INVITATION_RESENT: "sent the invitation of {} again",
        EventType.INVITATION_REVOKED: "revoked the invitation of {}",
        EventType.MEMBER_ADDED: "added {} to the workspace",
        EventType.MEMBER_ROLE_CHANGED: "changed the role of {}",
        EventType.MEMBER_REMOVED: "removed {} from the workspace",
        EventType.MEMBER_DEACTIVATED: "deactivated {}",
        EventType.MEMBER_REACTIVATED: "let {} in again",
        EventType.MEMBER_EMAIL_CHANGED: "changed the e-mail of {}",
        EventType.MEMBER_MFA_RESET: "reset the passkeys and codes of {}",
        EventType.MEMBER_LEFT: "left the workspace",
        EventType.PROJECT_UNARCHIVED: "brought back the project {}",
        EventType.TOKEN_ROTATED: "gave the token {} a new secret",
        EventType.TOKEN_ROTATION_ENDED: "stopped the old secret of the token {}",
        EventType.TOKEN_COPIED: "copied the secret of the token {}",
    }
)
"""What the default phrase, made of the event_type's own words, would say badly. `{}` is the thing."""
ACTORS: Mapping[str, str] = MappingProxyType(
    {
        ActorType.TOKEN: "The token {}",
        ActorType.OPERATOR: "{} (operator)",
        ActorType.COMMAND: "{} (command)",
        ActorType.SYSTEM: "Latchkey",
    }
)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
NOTHING = "none"


class EventDescription(NamedTuple):
    """`Maya Okafor` `disabled the token` `Nightly backup` ``."""

    actor: str
    verb: str
    thing: str
    rest: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in self if part)


class Change(NamedTuple):
    """A field and its values, in words."""

    field: str
    before: str
    after: str


def describe_event(event: Event) -> EventDescription:
    """Who did what to which thing, by the names of that time."""
    verb, _, rest = _phrase(event.event_type).partition("{}")
    thing = (event.subject_name or event.subject_id) if "{}" in _phrase(event.event_type) else ""
    return EventDescription(_actor(event), verb.strip(), thing, rest.strip())


def describe_changes(event: Event) -> list[Change]:
    """What it changed: fields and values in words."""
    return [
        Change(field.replace("_", " ").capitalize(), _value(field, before), _value(field, after))
        for field, (before, after) in event.changes.items()
    ]


def summarize_changes(event: Event) -> str:
    """The same in one line, of a thing that is new only what it is: “Scope: Viewer → Team Member · …”."""
    is_new = all(before is None for before, _ in event.changes.values())
    return " · ".join(
        f"{field}: {after}" if is_new else f"{field}: {before} → {after}"
        for field, before, after in describe_changes(event)
        if not is_new or after != event.subject_name
    )


def _actor(event: Event) -> str:
    return ACTORS.get(event.actor_type, "{}").format(event.actor_label or event.actor_name)


def _phrase(event_type: str) -> str:
    """`token.disabled`: “disabled the token {}”; `workspace.copy_policy_changed`: “changed the copy policy”."""
    if event_type in PHRASES:
        return PHRASES[event_type]
    noun, _, verb = event_type.partition(".")
    *what, verb = verb.split("_")
    return f"{verb} the {' '.join(what)}" if what else f"{verb} the {noun} {{}}"


def _value(field: str, value: Any) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_value(field, one) for one in value) or NOTHING
        case str() if field in {"role", "roles", "scope"} and value.upper() in Role.__members__:
            return str(Role.from_api_name(value).label)
        case str() if field == "copy_policy":
            return value.replace("_", " ")
        case str() if INSTANT.fullmatch(value):
            return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case _:
            return str(value)


def serialize_event(event: Event) -> dict[str, Any]:
    """An event as the API and JSON Lines tell it."""
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
