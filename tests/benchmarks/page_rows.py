"""Rows for the console pages: one large workspace and many of a hundredth of its size, with members and events."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from access_tokens import token_format
from access_tokens.models import AccessToken
from accounts.models import User
from tests.benchmarks.page_targets import LARGE, SMALL
from tests.benchmarks.rows import insert, reset_sequences, to_database
from tests.benchmarks.sample_requests import SampleRequest, random_base62
from workspaces.events import EventType
from workspaces.models import Event, Membership, Workspace
from workspaces.permissions import Role

OTHER_WORKSPACES = 19
"""As small as `SMALL`, so that a table is not almost all one workspace's."""
TOKENS_PER_MEMBER = 10
EVENTS_PER_TOKEN = 10
LABELS = ("Nightly export", "CI runner", "Webhook relay", "Metrics", "Inventory sync", "Mail gateway")
NAMES = ("Ada", "Bela", "Chiara", "Dmitri", "Elin", "Farid", "Grace", "Hana", "Ivo", "Jun")
DIGEST_BYTES, ENCRYPTED_COPY_BYTES = 32, 92
RARE_LABEL = "Quarterly ledger"
"""In the label of one token of each workspace."""


def fill(size: int, random: Random) -> dict[str, list[SampleRequest]]:
    """Insert the workspaces. The large one has `size` tokens, a tenth as many members and ten times as many events.

    Returns no sample requests, because the pages are visited with a session.
    """
    small_size = max(size // 100, 2 * TOKENS_PER_MEMBER)
    others = {f"other-{number}": small_size for number in range(1, OTHER_WORKSPACES + 1)}
    user = token = event = 1
    for pk, (slug, tokens) in enumerate({LARGE: size, SMALL: small_size, **others}.items(), start=1):
        users = range(user, user + tokens // TOKENS_PER_MEMBER)
        events = range(event, event + tokens * EVENTS_PER_TOKEN)
        insert(Workspace(pk=pk), [{"slug": slug, "name": slug.title()}])
        insert(User(password="!"), ({"id": n, **_user(n, users, slug)} for n in users))
        insert(Membership(workspace_id=pk, table_columns={}), _memberships(users))
        insert(AccessToken(workspace_id=pk, version=1), _tokens(range(token, token + tokens), slug, users, random))
        insert(Event(workspace_id=pk, workspace_slug=slug, actor_type="member", changes={}), _events(events, slug))
        user, token, event = users.stop, token + tokens, events.stop
    reset_sequences(User, Workspace, Membership, AccessToken, Event)
    return {}


def _user(number: int, users: range, slug: str) -> dict[str, Any]:
    """Return a user's columns. The first user is the owner, and an operator, who can open the stock admin."""
    is_first = number == users.start
    local_part = "owner" if is_first else f"person{number}"
    return {
        "email": f"{local_part}@{slug}.example",
        "name": f"{NAMES[number % len(NAMES)]} {number}",
        "is_staff": is_first,
        "is_superuser": is_first,
    }


def _memberships(users: range) -> Iterator[dict[str, Any]]:
    roles, now = [role.value for role in Role], timezone.now()
    for number in users:
        role = Role.OWNER if number == users.start else roles[number % (len(roles) - 1)]
        joined = to_database(now - timedelta(minutes=number % 500_000))
        seen = joined if number % 3 else None
        yield {"id": number, "user_id": number, "role": role, "joined_at": joined, "last_seen_at": seen}


def _tokens(numbers: range, slug: str, users: range, random: Random) -> Iterator[dict[str, Any]]:
    """Yield tokens of every status. Their digests are random bytes, so they don't authenticate."""
    now, roles = timezone.now(), [role.value for role in Role]
    for number in numbers:
        index = number - numbers.start
        creator = users[index % len(users)]
        created = now - timedelta(days=30, minutes=index)
        expires = created + timedelta(days=20 + index % 400, minutes=len(numbers)) if index % 3 == 0 else None
        yield {
            "id": number,
            "key_id": random_base62(random, token_format.KEY_ID_LENGTH),
            "label": f"{RARE_LABEL if index == len(numbers) // 2 else LABELS[index % len(LABELS)]} {index}",
            "scope": roles[index % len(roles)],
            "created_at": to_database(created),
            "creator_id": creator,
            "creator_email": _user(creator, users, slug)["email"],
            "expires_at": to_database(expires),
            "disabled_at": to_database(now) if index % 17 == 0 else None,
            "last_used_at": to_database(now - timedelta(minutes=index % 50_000)) if index % 5 else None,
            "pepper_id": "k1",
            "digest": random.randbytes(DIGEST_BYTES),
            "encryption_key_id": "k1",
            "encrypted_copy": random.randbytes(ENCRYPTED_COPY_BYTES),
        }


def _events(numbers: range, slug: str) -> Iterator[dict[str, Any]]:
    now, event_types = timezone.now(), [event_type.value for event_type in EventType]
    for number in numbers:
        index = number - numbers.start
        yield {
            "id": number,
            "at": to_database(now - timedelta(seconds=len(numbers) - index)),
            "event_type": event_types[index % len(event_types)],
            "actor_name": f"owner@{slug}.example",
            "subject_id": f"subject-{index % 1000}",
            "subject_name": f"{LABELS[index % len(LABELS)]} {index % 1000}",
        }
