"""Rows of the token check's peers, with a user per token.

Django REST Framework allows one token per user, and knox is fastest with one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from oauth2_provider.models import AccessToken, Application
from rest_framework.authtoken.models import Token
from rest_framework_api_key.models import APIKey

from tests.benchmarks.projects.bearer_tokens.models import BearerToken
from tests.benchmarks.rows import insert
from tests.benchmarks.sample_requests import SampleRequest, random_base62
from tests.benchmarks.token_rows import count_workspaces


def fill(size: int, random: Random) -> dict[str, list[SampleRequest]]:
    """Insert `size` users and as many tokens of each peer. Return sample requests by the name of the project."""
    insert(User(password="!"), ({"id": n, "username": f"person{n}"} for n in range(1, size + 1)))
    return {
        "drf": _fill_drf(size, random),
        "api_key": _fill_api_key(size, random),
        "knox": _fill_knox(size, random),
        "oauth": _fill_oauth(size, random),
        "ninja_orm": _fill_ninja_orm(size, random),
    }


def _fill_drf(size: int, random: Random) -> list[SampleRequest]:
    keys = [random.randbytes(20).hex() for _ in range(size)]
    insert(Token(), ({"key": key, "user_id": n} for n, key in enumerate(keys, start=1)))
    return _sample_requests("Token", keys)


def _fill_api_key(size: int, random: Random) -> list[SampleRequest]:
    keys: list[str] = []
    hash_key = APIKey.objects.key_generator.hash

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(size):
            prefix = random_base62(random, 8)
            keys.append(f"{prefix}.{random_base62(random, 32)}")
            hashed = hash_key(keys[-1])
            yield {"id": f"{prefix}.{hashed}", "prefix": prefix, "hashed_key": hashed, "name": f"Key {number}"}

    insert(APIKey(), rows())
    return _sample_requests("Api-Key", keys)


def _fill_knox(size: int, random: Random) -> list[SampleRequest]:
    tokens = [random.randbytes(32).hex() for _ in range(size)]
    rows = (
        {"digest": hash_token(token), "token_key": token[: CONSTANTS.TOKEN_KEY_LENGTH], "user_id": n}
        for n, token in enumerate(tokens, start=1)
    )
    insert(AuthToken(expiry=_next_year()), rows)
    return _sample_requests("Token", tokens)


def _fill_oauth(size: int, random: Random) -> list[SampleRequest]:
    """Insert an application per workspace."""
    template = Application(
        client_secret="!",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    numbers = range(1, count_workspaces(size) + 1)
    insert(template, ({"id": n, "client_id": random_base62(random, 40), "user_id": n} for n in numbers))
    tokens = [random_base62(random, 30) for _ in range(size)]
    rows = (
        {
            "id": n,
            "token": token,
            "token_checksum": sha256(token.encode()).hexdigest(),
            "user_id": n,
            "application_id": random.choice(numbers),
        }
        for n, token in enumerate(tokens, start=1)
    )
    insert(AccessToken(expires=_next_year(), scope="read write"), rows)
    return _sample_requests("Bearer", tokens)


def _fill_ninja_orm(size: int, random: Random) -> list[SampleRequest]:
    with connection.schema_editor() as editor:
        editor.create_model(BearerToken)
    tokens = [random_base62(random, 43) for _ in range(size)]
    rows = (
        {"id": n, "digest": sha256(token.encode()).hexdigest(), "user_id": n} for n, token in enumerate(tokens, start=1)
    )
    insert(BearerToken(), rows)
    return _sample_requests("Bearer", tokens)


def _sample_requests(scheme: str, tokens: list[str]) -> list[SampleRequest]:
    return [SampleRequest(f"{scheme} {token}") for token in tokens]


def _next_year() -> datetime:
    return timezone.now() + timedelta(days=365)
