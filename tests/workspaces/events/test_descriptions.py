import pytest

from workspaces.actors import ActorType
from workspaces.events import EventType, event_type_choices
from workspaces.events.descriptions import describe_changes, describe_event
from workspaces.models import Event

pytestmark = pytest.mark.same_on_each_database


def event(event_type, actor_type=ActorType.MEMBER, label="Maya Okafor", **fields):
    return Event(
        event_type=event_type, actor_type=actor_type, actor_name="maya@acme.example", actor_label=label, **fields
    )


@pytest.mark.parametrize(
    ("event_type", "description"),
    [
        (EventType.WORKSPACE_CREATED, "created the workspace X"),
        (EventType.COPY_POLICY_CHANGED, "changed the copy policy"),
        (EventType.MEMBER_ROLE_CHANGED, "changed the role of X"),
        (EventType.MEMBER_REMOVED, "removed X from the workspace"),
        (EventType.PROJECT_UNARCHIVED, "restored the project X"),
        (EventType.TOKEN_DISABLED, "disabled the token X"),
        (EventType.TOKEN_COPIED, "copied the secret of the token X"),
        (EventType.TOKEN_ROTATED, "rotated the token X"),
        ("invitation.sent", "sent the invitation X"),
    ],
)
def test_event_is_described_in_a_sentence(event_type, description):
    assert str(describe_event(event(event_type, subject_name="X"))) == f"Maya Okafor {description}"


@pytest.mark.parametrize("event_type", EventType)
def test_every_event_type_has_a_description_with_its_subject(event_type):
    description = str(describe_event(event(event_type, subject_name="Nightly {} backup")))
    assert description.startswith("Maya Okafor ")
    assert (
        "Nightly {} backup" in description or event_type.startswith("workspace.") or event_type == EventType.MEMBER_LEFT
    )
    assert "_" not in description


@pytest.mark.parametrize(
    ("actor_type", "label", "begins"),
    [
        (ActorType.MEMBER, "", "maya@acme.example disabled"),
        (ActorType.TOKEN, "CI {0} runner", "The token CI {0} runner disabled"),
        (ActorType.OPERATOR, "Olga", "Olga (operator) disabled"),
        (ActorType.COMMAND, "", "maya@acme.example (command) disabled"),
        (ActorType.SYSTEM, "", "Latchkey disabled"),
    ],
)
def test_description_starts_with_the_actor(actor_type, label, begins):
    assert str(describe_event(event(EventType.TOKEN_DISABLED, actor_type, label, subject_name="X"))).startswith(begins)


def test_changes_are_described_in_words():
    changed = event(
        EventType.TOKEN_EDITED,
        changes={
            "label": ["viewer", "2026-11-24T09:30:00+00:00 or so"],
            "scope": ["viewer", "team_member"],
            "roles": [["viewer", "owner"], []],
            "expires_at": [None, "2027-01-31T23:59:59+01:00"],
            "copy_policy": ["encrypted", "show_once"],
            "requests_per_minute": [None, 600],
            "archived": [False, True],
        },
    )
    assert [tuple(change) for change in describe_changes(changed)] == [
        ("Label", "viewer", "2026-11-24T09:30:00+00:00 or so"),
        ("Scope", "Viewer", "Team Member"),
        ("Roles", "Viewer, Owner", "none"),
        ("Expires at", "none", "2027-01-31 22:59 UTC"),
        ("Copy policy", "encrypted", "show once"),
        ("Requests per minute", "none", "600"),
        ("Archived", "no", "yes"),
    ]


def test_event_type_choices_are_grouped_by_subject():
    offered = event_type_choices()
    assert [noun for noun, _ in offered] == sorted(noun for noun, _ in offered)
    assert sorted(value for _, event_types in offered for value, _ in event_types) == sorted(EventType.values)
    assert ("token.copied", "Token copied") in dict(offered)["Tokens"]
