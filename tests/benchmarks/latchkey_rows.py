"""Latchkey's rows: workspaces, and tokens whose digests are real, so that they authenticate."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from access_tokens import key_rings, token_crypto, token_format
from access_tokens.models import AccessToken
from accounts.models import User
from tests.benchmarks.calls import WORKSPACES, Call, word
from tests.benchmarks.rows import insert
from workspaces.models import Workspace
from workspaces.permissions import Role

DISABLED_IS_EACH = 20
EXPIRES_IS_EACH = 2
HAS_PARENT_IS_EACH = 10
UNKNOWN = 10_000
"""How many well-formed tokens that are no one's."""


def fill(size: int, random: Random) -> dict[str, list[Call]]:
    """`size` tokens over `WORKSPACES` workspaces. Returns calls with tokens that are accepted, disabled, and so on."""
    spans = range(1, WORKSPACES + 1)
    insert(User(password="!"), ({"id": n, "email": _email(n)} for n in spans))
    insert(Workspace(), ({"id": n, "slug": _slug(n), "name": f"Workspace {n}"} for n in spans))
    accepted: list[Call] = []
    disabled: list[Call] = []
    insert(AccessToken(version=1), _tokens(size, random, accepted, disabled))
    strangers = [new_token(random) for _ in range(min(size, UNKNOWN))]
    return {
        "accepted": accepted,
        "disabled": disabled,
        "unknown": [Call(f"Bearer {token}", _slug(1)) for token in strangers],
        "malformed": [Call(_with_another_end(call.header), call.workspace) for call in accepted[:UNKNOWN]],
    }


def new_token(random: Random) -> str:
    """As `token_format.generate` makes them, from a source that can be had again."""
    body = token_format.PREFIX + word(random, token_format.KEY_ID_LENGTH + token_format.SECRET_LENGTH)
    return body + token_format.checksum(body)


def _tokens(size: int, random: Random, accepted: list[Call], disabled: list[Call]) -> Iterator[dict[str, Any]]:
    """A row for each token; the call that it makes goes into `accepted` or `disabled`."""
    now, peppers, encryption_keys = _prepared(timezone.now()), key_rings.peppers(), key_rings.encryption_keys()
    next_year = _prepared(timezone.now() + timedelta(days=365))
    roles = [role.value for role in Role]
    for number in range(1, size + 1):
        token = new_token(random)
        key_id = token[len(token_format.PREFIX) : len(token_format.PREFIX) + token_format.KEY_ID_LENGTH]
        workspace = random.randint(1, WORKSPACES)
        is_disabled = number % DISABLED_IS_EACH == 0
        digest = token_format.digest(token, peppers)
        ciphertext = token_crypto.encrypt(token, context=f"{workspace}:{key_id}", keys=encryption_keys)
        (disabled if is_disabled else accepted).append(Call(f"Bearer {token}", _slug(workspace)))
        yield {
            "id": number,
            "workspace_id": workspace,
            "key_id": key_id,
            "label": f"Token {number}",
            "scope": roles[number % len(roles)],
            "creator_id": workspace,
            "creator_email": _email(workspace),
            "parent_id": number - 1 if number % HAS_PARENT_IS_EACH == 0 else None,
            "expires_at": next_year if number % EXPIRES_IS_EACH == 0 else None,
            "disabled_at": now if is_disabled else None,
            "pepper_id": digest.pepper_id,
            "digest": digest.value,
            "encryption_key_id": ciphertext.key_id,
            "encrypted_copy": ciphertext.value,
        }


def _prepared(instant: Any) -> Any:
    from django.db import connection

    return AccessToken._meta.get_field("expires_at").get_db_prep_save(instant, connection)


def _email(number: int) -> str:
    return f"person{number}@workspace-{number}.example"


def _slug(number: int) -> str:
    return f"workspace-{number}"


def _with_another_end(header: str) -> str:
    """The same but for its last character: the checksum alone tells that it is none of ours."""
    return header[:-1] + ("0" if header[-1] != "0" else "1")
