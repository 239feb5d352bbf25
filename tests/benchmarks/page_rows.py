"""The rows behind pages at size: a large workspace, and small ones of a hundredth of it, with members and events."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from access_tokens import token_format
from access_tokens.models import AccessToken
from accounts.models import User
from tests.benchmarks.calls import Call, word
from tests.benchmarks.page_targets import LARGE, SMALL
from tests.benchmarks.rows import insert, prepared, reset_sequences
from workspaces.events import EventType
from workspaces.models import Event, Membership, Workspace
from workspaces.permissions import Role

OTHERS = 19
"""Small workspaces beside `SMALL`, so that a workspace's rows are not most of a table's."""
TOKENS_A_MEMBER = 10
EVENTS_A_TOKEN = 10
PURPOSES = ("Nightly export", "CI runner", "Webhook relay", "Metrics", "Inventory sync", "Mail gateway")
NAMES = ("Ada", "Bela", "Chiara", "Dmitri", "Elin", "Farid", "Grace", "Hana", "Ivo", "Jun")
DIGEST_BYTES, ENCRYPTED_COPY_BYTES = 32, 92
RARE = "Quarterly ledger"
"""In the label of one token of each workspace."""


def fill(size: int, random: Random) -> dict[str, list[Call]]:
    """A workspace with `size` tokens, a tenth as many members and ten times as many events; and small ones.

    Returns no calls: pages are asked for by people.
    """
    least = max(size // 100, 2 * TOKENS_A_MEMBER)
    sizes = {LARGE: size, SMALL: least, **{f"other-{number}": least for number in range(1, OTHERS + 1)}}
    user = token = event = 1
    for pk, (slug, tokens) in enumerate(sizes.items(), start=1):
        people = range(user, user + tokens // TOKENS_A_MEMBER)
        insert(Workspace(pk=pk), [{"slug": slug, "name": slug.title()}])
        insert(User(password="!"), ({"id": n, **_person(n, people, slug)} for n in people))
        insert(Membership(workspace_id=pk, table_columns={}), _members(people))
        insert(AccessToken(workspace_id=pk, version=1), _tokens(range(token, token + tokens), slug, people, random))
        events = range(event, event + tokens * EVENTS_A_TOKEN)
        insert(Event(workspace_id=pk, workspace_slug=slug, actor_type="member", changes={}), _events(events, slug))
        user, token, event = people.stop, token + tokens, events.stop
    reset_sequences(User, Workspace, Membership, AccessToken, Event)
    return {}


def _person(number: int, people: range, slug: str) -> dict[str, Any]:
    """The first one is the owner, and an operator, so that the stock admin can be asked too."""
    is_first = number == people.start
    local = "owner" if is_first else f"person{number}"
    return {
        "email": f"{local}@{slug}.example",
        "name": f"{NAMES[number % len(NAMES)]} {number}",
        "is_staff": is_first,
        "is_superuser": is_first,
    }


def _members(people: range) -> Iterator[dict[str, Any]]:
    roles, now = [role.value for role in Role], timezone.now()
    for number in people:
        role = Role.OWNER if number == people.start else roles[number % (len(roles) - 1)]
        joined = prepared(now - timedelta(minutes=number % 500_000))
        seen = joined if number % 3 else None
        yield {"id": number, "user_id": number, "role": role, "joined_at": joined, "last_seen_at": seen}


def _tokens(numbers: range, slug: str, people: range, random: Random) -> Iterator[dict[str, Any]]:
    """In every state. They authenticate nobody: their digests are random bytes, as real ones seem to be."""
    now, roles = timezone.now(), [role.value for role in Role]
    for number in numbers:
        place = number - numbers.start
        creator = people[place % len(people)]
        created = now - timedelta(days=30, minutes=place)
        expires = created + timedelta(days=20 + place % 400, minutes=len(numbers)) if place % 3 == 0 else None
        yield {
            "id": number,
            "key_id": word(random, token_format.KEY_ID_LENGTH),
            "label": f"{RARE if place == len(numbers) // 2 else PURPOSES[place % len(PURPOSES)]} {place}",
            "scope": roles[place % len(roles)],
            "created_at": prepared(created),
            "creator_id": creator,
            "creator_email": _person(creator, people, slug)["email"],
            "expires_at": prepared(expires),
            "disabled_at": prepared(now) if place % 17 == 0 else None,
            "last_used_at": prepared(now - timedelta(minutes=place % 50_000)) if place % 5 else None,
            "pepper_id": "k1",
            "digest": random.randbytes(DIGEST_BYTES),
            "encryption_key_id": "k1",
            "encrypted_copy": random.randbytes(ENCRYPTED_COPY_BYTES),
        }


def _events(numbers: range, slug: str) -> Iterator[dict[str, Any]]:
    now, kinds = timezone.now(), [kind.value for kind in EventType]
    for number in numbers:
        place = number - numbers.start
        yield {
            "id": number,
            "at": prepared(now - timedelta(seconds=len(numbers) - place)),
            "kind": kinds[place % len(kinds)],
            "actor_name": f"owner@{slug}.example",
            "subject_id": f"subject-{place % 1000}",
            "subject_name": f"{PURPOSES[place % len(PURPOSES)]} {place % 1000}",
        }
