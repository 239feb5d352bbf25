"""Rows of the endpoint peers: the same workspaces and tokens as Latchkey's, in each peer's own table."""

from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from tests.benchmarks.calls import Call, word
from tests.benchmarks.calls import to_read_another as reading_another
from tests.benchmarks.projects.workspace_tokens.models import Workspace, WorkspaceAPIKey, WorkspaceToken
from tests.benchmarks.rows import insert, prepared, reset_sequences
from tests.benchmarks.token_rows import SCOPES, TokenFacts, count_workspaces, email_of, generate_tokens, slug_of


def fill(size: int, random: Random) -> dict[str, list[Call]]:
    """Insert `size` tokens for each peer. Return the requests by file name: all usable tokens, and those of owners."""
    with connection.schema_editor() as editor:
        for model in (Workspace, WorkspaceAPIKey, WorkspaceToken):
            editor.create_model(model)
    numbers = range(1, count_workspaces(size) + 1)
    insert(User(password="!"), ({"id": n, "username": email_of(n), "email": email_of(n)} for n in numbers))
    insert(Workspace(), ({"id": n, "slug": slug_of(n), "name": f"Workspace {n}"} for n in numbers))
    found: dict[str, list[Call]] = {}
    for peer, template, row in (("drf", WorkspaceAPIKey(), _api_key), ("ninja", WorkspaceToken(), _bearer_token)):
        accepted: list[Call] = []
        owners: list[Call] = []
        insert(template, _rows(row, size, random, accepted, owners))
        found |= {f"{peer}_accepted": reading_another(accepted, random), f"{peer}_owners": owners}
    reset_sequences(User, Workspace, WorkspaceToken)
    return found


def _rows(row: Any, size: int, random: Random, accepted: list[Call], owners: list[Call]) -> Iterator[dict[str, Any]]:
    keys: dict[int, str] = {}
    for facts in generate_tokens(size, random):
        header, key_id, columns = row(facts, random, keys)
        call = Call(header, slug_of(facts.workspace), key_id)
        if not facts.is_disabled:
            accepted.append(call)
            if facts.can_create_tokens:
                owners.append(call)
        yield {"workspace_id": facts.workspace, "creator_id": facts.workspace, "scope": SCOPES[facts.scope], **columns}


def _api_key(facts: TokenFacts, random: Random, keys: dict[int, str]) -> tuple[str, str, dict[str, Any]]:
    """Return the header, the prefix and the columns of an API key. `keys` collects primary keys, which are strings."""
    prefix = word(random, 8)
    key = f"{prefix}.{word(random, 32)}"
    hashed = WorkspaceAPIKey.objects.key_generator.hash(key)
    keys[facts.number] = f"{prefix}.{hashed}"
    columns = {
        "id": keys[facts.number],
        "prefix": prefix,
        "hashed_key": hashed,
        "name": f"Token {facts.number}",
        "created": prepared(facts.created_at),
        "expiry_date": prepared(facts.expires_at),
        "revoked": facts.is_disabled,
        "parent_id": keys[facts.parent] if facts.parent else None,
    }
    return f"Api-Key {key}", prefix, columns


def _bearer_token(facts: TokenFacts, random: Random, keys: dict[int, str]) -> tuple[str, str, dict[str, Any]]:
    """Return the header, the key ID and the columns of a bearer token."""
    key_id, token = word(random, 10), word(random, 43)
    columns = {
        "id": facts.number,
        "key_id": key_id,
        "digest": sha256(token.encode()).hexdigest(),
        "label": f"Token {facts.number}",
        "created_at": prepared(facts.created_at),
        "expires_at": prepared(facts.expires_at),
        "disabled_at": prepared(facts.created_at) if facts.is_disabled else None,
        "parent_id": facts.parent,
    }
    return f"Bearer {token}", key_id, columns
