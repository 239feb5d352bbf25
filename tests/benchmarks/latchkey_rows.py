"""Latchkey's rows: workspaces, and tokens whose digests are real, so that they authenticate."""

from collections.abc import Iterator
from random import Random
from typing import Any

from access_tokens import key_rings, token_format
from access_tokens.models import AccessToken
from accounts.models import User
from tests.benchmarks.calls import Call, to_read_another, word
from tests.benchmarks.rows import insert, prepared, reset_sequences
from tests.benchmarks.token_rows import count_workspaces, email_of, generate_tokens, slug_of
from workspaces.models import Workspace
from workspaces.permissions import Role

UNKNOWN = 10_000
"""How many well-formed tokens that are no one's."""


def fill(size: int, random: Random) -> dict[str, list[Call]]:
    """Insert `size` tokens. Return the requests by file name: tokens that are accepted, disabled, and so on."""
    numbers = range(1, count_workspaces(size) + 1)
    insert(User(password="!"), ({"id": n, "email": email_of(n)} for n in numbers))
    insert(Workspace(), ({"id": n, "slug": slug_of(n), "name": f"Workspace {n}"} for n in numbers))
    accepted: list[Call] = []
    disabled: list[Call] = []
    owners: list[Call] = []
    insert(AccessToken(version=1), _tokens(size, random, accepted, disabled, owners))
    reset_sequences(User, Workspace, AccessToken)
    strangers = [new_token(random) for _ in range(min(size, UNKNOWN))]
    return {
        "accepted": to_read_another(accepted, random),
        "owners": owners,
        "disabled": disabled,
        "unknown": [Call(f"Bearer {token}", slug_of(1)) for token in strangers],
        "malformed": [Call(_with_another_end(call.header), call.workspace) for call in accepted[:UNKNOWN]],
    }


def new_token(random: Random) -> str:
    """As `token_format.generate` makes them, from a source that can be had again."""
    body = token_format.PREFIX + word(random, token_format.KEY_ID_LENGTH + token_format.SECRET_LENGTH)
    return body + token_format.checksum(body)


def _tokens(
    size: int, random: Random, accepted: list[Call], disabled: list[Call], owners: list[Call]
) -> Iterator[dict[str, Any]]:
    """A row for each token; the call that it makes goes into `accepted`, `disabled` and `owners`."""
    peppers, encryption_keys = key_rings.peppers(), key_rings.encryption_keys()
    roles = [role.value for role in Role]
    for facts in generate_tokens(size, random):
        token = new_token(random)
        key_id = token[len(token_format.PREFIX) : len(token_format.PREFIX) + token_format.KEY_ID_LENGTH]
        digest = token_format.digest(token, peppers)
        ciphertext = token_format.encrypt(token, bound_to=f"{facts.workspace}:{key_id}", keys=encryption_keys)
        call = Call(f"Bearer {token}", slug_of(facts.workspace), key_id)
        (disabled if facts.is_disabled else accepted).append(call)
        if facts.can_create_tokens:
            owners.append(call)
        yield {
            "id": facts.number,
            "workspace_id": facts.workspace,
            "key_id": key_id,
            "label": f"Token {facts.number}",
            "scope": roles[facts.scope],
            "created_at": prepared(facts.created_at),
            "creator_id": facts.workspace,
            "creator_email": email_of(facts.workspace),
            "parent_id": facts.parent,
            "expires_at": prepared(facts.expires_at),
            "disabled_at": prepared(facts.created_at) if facts.is_disabled else None,
            "pepper_id": digest.pepper_id,
            "digest": digest.value,
            "encryption_key_id": ciphertext.key_id,
            "encrypted_copy": ciphertext.value,
        }


def _with_another_end(header: str) -> str:
    """The same but for its last character: the checksum alone tells that it is none of ours."""
    return header[:-1] + ("0" if header[-1] != "0" else "1")
