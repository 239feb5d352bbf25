"""Rows of the endpoint peers: the same workspaces and tokens as Latchkey's, in each peer's own table."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import connection

from tests.benchmarks.projects.workspace_tokens.models import Workspace, WorkspaceAPIKey, WorkspaceToken
from tests.benchmarks.rows import insert, reset_sequences, to_database
from tests.benchmarks.sample_requests import SampleRequest, random_base62, read_other_tokens
from tests.benchmarks.token_rows import SCOPES, TokenRow, count_workspaces, email_of, generate_tokens, slug_of

MODELS = (Workspace, WorkspaceAPIKey, WorkspaceToken)


class Credential(NamedTuple):
    """An `Authorization` header, the key ID in it, and the columns of the peer's row."""

    header: str
    key_id: str
    columns: dict[str, Any]


type CredentialFactory = Callable[[TokenRow, Random], Credential]


def fill(size: int, random: Random) -> dict[str, list[SampleRequest]]:
    """Insert `size` tokens for each peer. Return sample requests with accepted tokens, and with those of owners."""
    with connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)
    numbers = range(1, count_workspaces(size) + 1)
    insert(User(password="!"), ({"id": n, "username": email_of(n), "email": email_of(n)} for n in numbers))
    insert(Workspace(), ({"id": n, "slug": slug_of(n), "name": f"Workspace {n}"} for n in numbers))
    requests: dict[str, list[SampleRequest]] = {}
    peers = {"drf": (WorkspaceAPIKey(), _make_api_key), "ninja": (WorkspaceToken(), _make_bearer_token)}
    for peer, (template, make) in peers.items():
        accepted: list[SampleRequest] = []
        owners: list[SampleRequest] = []
        insert(template, _tokens(make, size, random, accepted, owners))
        requests |= {f"{peer}_accepted": read_other_tokens(accepted, random), f"{peer}_owners": owners}
    reset_sequences(User, Workspace, WorkspaceToken)
    return requests


def _tokens(
    make: CredentialFactory, size: int, random: Random, accepted: list[SampleRequest], owners: list[SampleRequest]
) -> Iterator[dict[str, Any]]:
    """Yield the columns of each token, and add its sample request to `accepted` and `owners`."""
    primary_keys: dict[int, Any] = {}
    for row in generate_tokens(size, random):
        credential = make(row, random)
        primary_keys[row.number] = credential.columns["id"]
        request = SampleRequest(credential.header, slug_of(row.workspace), credential.key_id)
        if not row.is_disabled:
            accepted.append(request)
            if row.is_owner:
                owners.append(request)
        yield {
            **credential.columns,
            "workspace_id": row.workspace,
            "scope": SCOPES[row.scope],
            "creator_id": row.workspace,
            "parent_id": primary_keys[row.parent] if row.parent else None,
        }


def _make_api_key(row: TokenRow, random: Random) -> Credential:
    """Return a key of djangorestframework-api-key. Its primary key is a string."""
    prefix = random_base62(random, 8)
    key = f"{prefix}.{random_base62(random, 32)}"
    hashed_key = WorkspaceAPIKey.objects.key_generator.hash(key)
    columns = {
        "id": f"{prefix}.{hashed_key}",
        "prefix": prefix,
        "hashed_key": hashed_key,
        "name": f"Token {row.number}",
        "created": to_database(row.created_at),
        "expiry_date": to_database(row.expires_at),
        "revoked": row.is_disabled,
    }
    return Credential(f"Api-Key {key}", prefix, columns)


def _make_bearer_token(row: TokenRow, random: Random) -> Credential:
    key_id, token = random_base62(random, 10), random_base62(random, 43)
    columns = {
        "id": row.number,
        "key_id": key_id,
        "digest": sha256(token.encode()).hexdigest(),
        "label": f"Token {row.number}",
        "created_at": to_database(row.created_at),
        "expires_at": to_database(row.expires_at),
        "disabled_at": to_database(row.created_at) if row.is_disabled else None,
    }
    return Credential(f"Bearer {token}", key_id, columns)
