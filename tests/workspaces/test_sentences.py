import pytest

from workspaces.actors import ActorKind
from workspaces.events import Kind, kinds_by_noun
from workspaces.models import Event
from workspaces.sentences import changes, sentence

pytestmark = pytest.mark.same_on_each_database


def event(kind, actor_kind=ActorKind.MEMBER, label="Maya Okafor", **fields):
    return Event(kind=kind, actor_kind=actor_kind, actor_name="maya@acme.example", actor_label=label, **fields)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.WORKSPACE_CREATED, "created the workspace X"),
        (Kind.COPY_POLICY_CHANGED, "changed the copy policy"),
        (Kind.MEMBER_ROLE_CHANGED, "changed the role of X"),
        (Kind.MEMBER_REMOVED, "removed X from the workspace"),
        (Kind.PROJECT_UNARCHIVED, "brought back the project X"),
        (Kind.TOKEN_DISABLED, "disabled the token X"),
        (Kind.TOKEN_COPIED, "copied the secret of the token X"),
        (Kind.TOKEN_ROTATED, "gave the token X a new secret"),
        ("invitation.sent", "sent the invitation X"),
    ],
)
def test_it_says_who_did_what_to_which_thing(kind, words):
    assert str(sentence(event(kind, subject_name="X"))) == f"Maya Okafor {words}"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_sentence_that_names_its_thing(kind):
    """Save for what is about the workspace, which is the page's, or about who acts."""
    told = str(sentence(event(kind, subject_name="Nightly {} backup")))
    assert told.startswith("Maya Okafor ")
    assert "Nightly {} backup" in told or kind.startswith("workspace.") or kind == Kind.MEMBER_LEFT
    assert "_" not in told


@pytest.mark.parametrize(
    ("actor_kind", "label", "begins"),
    [
        (ActorKind.MEMBER, "", "maya@acme.example disabled"),
        (ActorKind.TOKEN, "CI {0} runner", "The token CI {0} runner disabled"),
        (ActorKind.OPERATOR, "Olga", "Olga (operator) disabled"),
        (ActorKind.COMMAND, "", "maya@acme.example (command) disabled"),
        (ActorKind.SYSTEM, "", "Latchkey disabled"),
    ],
)
def test_it_says_what_acted(actor_kind, label, begins):
    assert str(sentence(event(Kind.TOKEN_DISABLED, actor_kind, label, subject_name="X"))).startswith(begins)


def test_changes_are_told_in_words():
    changed = event(
        Kind.TOKEN_EDITED,
        changes={
            "label": ["viewer", "2026-11-24T09:30:00+00:00 or so"],
            "scope": ["viewer", "team_member"],
            "roles": [["viewer", "owner"], []],
            "expires_at": [None, "2027-01-31T23:59:59+01:00"],
            "copy_policy": ["sealed", "show_once"],
            "calls_per_minute": [None, 600],
            "archived": [False, True],
        },
    )
    assert [tuple(change) for change in changes(changed)] == [
        ("Label", "viewer", "2026-11-24T09:30:00+00:00 or so"),
        ("Scope", "Viewer", "Team Member"),
        ("Roles", "Viewer, Owner", "none"),
        ("Expires at", "none", "2027-01-31 22:59 UTC"),
        ("Copy policy", "sealed", "show once"),
        ("Calls per minute", "none", "600"),
        ("Archived", "no", "yes"),
    ]


def test_the_kinds_are_offered_by_what_they_are_about():
    offered = kinds_by_noun()
    assert [noun for noun, _ in offered] == sorted(noun for noun, _ in offered)
    assert sorted(value for _, kinds in offered for value, _ in kinds) == sorted(Kind.values)
    assert ("token.copied", "Token copied") in dict(offered)["Tokens"]
