"""Latchkey's rows: workspaces, and tokens with real digests, so that they authenticate."""

from collections.abc import Iterator
from random import Random
from typing import Any

from access_tokens import key_rings, token_crypto, token_format
from access_tokens.models import AccessToken
from accounts.models import User
from tests.benchmarks.rows import insert, reset_sequences, to_database
from tests.benchmarks.sample_requests import SampleRequest, random_base62, read_other_tokens
from tests.benchmarks.token_rows import TokenRow, count_workspaces, email_of, generate_tokens, slug_of
from workspaces.models import Workspace
from workspaces.permissions import Role

MAX_REJECTED = 10_000
"""Of sample requests with an unknown or a malformed token."""


def fill(size: int, random: Random) -> dict[str, list[SampleRequest]]:
    """Insert `size` tokens. Return sample requests with accepted, disabled, unknown and malformed tokens."""
    numbers = range(1, count_workspaces(size) + 1)
    insert(User(password="!"), ({"id": n, "email": email_of(n)} for n in numbers))
    insert(Workspace(), ({"id": n, "slug": slug_of(n), "name": f"Workspace {n}"} for n in numbers))
    requests: dict[str, list[SampleRequest]] = {"accepted": [], "owners": [], "disabled": []}
    insert(AccessToken(version=1), _tokens(size, random, requests))
    reset_sequences(User, Workspace, AccessToken)
    accepted = requests["accepted"]
    unknown = [f"Bearer {generate_token(random)}" for _ in range(min(size, MAX_REJECTED))]
    return {
        **requests,
        "accepted": read_other_tokens(accepted, random),
        "unknown": [SampleRequest(header, slug_of(1)) for header in unknown],
        "malformed": [
            request._replace(header=_change_last_character(request.header)) for request in accepted[:MAX_REJECTED]
        ],
    }


def generate_token(random: Random) -> str:
    """Return a token as `token_format.generate` does, but a reproducible one."""
    body = token_format.PREFIX + random_base62(random, token_format.KEY_ID_LENGTH + token_format.SECRET_LENGTH)
    return body + token_format.checksum(body)


def _tokens(size: int, random: Random, requests: dict[str, list[SampleRequest]]) -> Iterator[dict[str, Any]]:
    """Yield the columns of each token, and add its sample request to one or two of `requests`."""
    roles, peppers, encryption_keys = list(Role), key_rings.peppers(), key_rings.encryption_keys()
    for row in generate_tokens(size, random):
        token = generate_token(random)
        key_id = token[len(token_format.PREFIX) :][: token_format.KEY_ID_LENGTH]
        request = SampleRequest(f"Bearer {token}", slug_of(row.workspace), key_id)
        requests["disabled" if row.is_disabled else "accepted"].append(request)
        if row.is_owner and not row.is_disabled:
            requests["owners"].append(request)
        digest = token_format.digest(token, peppers)
        ciphertext = token_crypto.encrypt(token, context=f"{row.workspace}:{key_id}", keys=encryption_keys)
        yield {
            **_columns(row),
            "key_id": key_id,
            "scope": roles[row.scope].value,
            "pepper_id": digest.pepper_id,
            "digest": digest.value,
            "encryption_key_id": ciphertext.key_id,
            "encrypted_copy": ciphertext.value,
        }


def _columns(row: TokenRow) -> dict[str, Any]:
    return {
        "id": row.number,
        "workspace_id": row.workspace,
        "label": f"Token {row.number}",
        "created_at": to_database(row.created_at),
        "creator_id": row.workspace,
        "creator_email": email_of(row.workspace),
        "parent_id": row.parent,
        "expires_at": to_database(row.expires_at),
        "disabled_at": to_database(row.created_at) if row.is_disabled else None,
    }


def _change_last_character(header: str) -> str:
    """Return a token that only its checksum shows to be malformed."""
    return header[:-1] + ("0" if header[-1] != "0" else "1")
