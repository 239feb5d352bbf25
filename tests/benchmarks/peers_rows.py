"""The peers' rows: a user for each token, since Django REST Framework allows only one, and knox is at its best then."""

from collections.abc import Iterator
from datetime import timedelta
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

from tests.benchmarks.calls import Call, word
from tests.benchmarks.projects.bearer_tokens.models import BearerToken
from tests.benchmarks.rows import insert
from tests.benchmarks.token_rows import count_workspaces


def fill(size: int, random: Random) -> dict[str, list[Call]]:
    """`size` users, and as many tokens of each peer. Returns the calls by the name of the project."""
    insert(User(password="!"), ({"id": n, "username": f"person{n}"} for n in range(1, size + 1)))
    return {
        "drf": _drf(size, random),
        "api_key": _api_key(size, random),
        "knox": _knox(size, random),
        "oauth": _oauth(size, random),
        "ninja_orm": _ninja_orm(size, random),
    }


def _drf(size: int, random: Random) -> list[Call]:
    keys = [random.randbytes(20).hex() for _ in range(size)]
    insert(Token(), ({"key": key, "user_id": n} for n, key in enumerate(keys, start=1)))
    return _calls("Token", keys)


def _api_key(size: int, random: Random) -> list[Call]:
    keys: list[str] = []
    hash_key = APIKey.objects.key_generator.hash

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(size):
            prefix = word(random, 8)
            keys.append(f"{prefix}.{word(random, 32)}")
            hashed = hash_key(keys[-1])
            yield {"id": f"{prefix}.{hashed}", "prefix": prefix, "hashed_key": hashed, "name": f"Key {number}"}

    insert(APIKey(), rows())
    return _calls("Api-Key", keys)


def _knox(size: int, random: Random) -> list[Call]:
    tokens = [random.randbytes(32).hex() for _ in range(size)]
    rows = (
        {"digest": hash_token(token), "token_key": token[: CONSTANTS.TOKEN_KEY_LENGTH], "user_id": n}
        for n, token in enumerate(tokens, start=1)
    )
    insert(AuthToken(expiry=_next_year()), rows)
    return _calls("Token", tokens)


def _oauth(size: int, random: Random) -> list[Call]:
    """An application for each workspace."""
    kind = {
        "client_type": Application.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": Application.GRANT_CLIENT_CREDENTIALS,
    }
    applications = (
        {"id": n, "client_id": word(random, 40), "user_id": n} for n in range(1, count_workspaces(size) + 1)
    )
    insert(Application(client_secret="!", **kind), applications)
    tokens = [word(random, 30) for _ in range(size)]
    rows = (
        {
            "id": n,
            "token": token,
            "token_checksum": sha256(token.encode()).hexdigest(),
            "user_id": n,
            "application_id": random.randint(1, count_workspaces(size)),
        }
        for n, token in enumerate(tokens, start=1)
    )
    insert(AccessToken(expires=_next_year(), scope="read write"), rows)
    return _calls("Bearer", tokens)


def _ninja_orm(size: int, random: Random) -> list[Call]:
    with connection.schema_editor() as editor:
        editor.create_model(BearerToken)
    tokens = [word(random, 43) for _ in range(size)]
    rows = (
        {"id": n, "digest": sha256(token.encode()).hexdigest(), "user_id": n} for n, token in enumerate(tokens, start=1)
    )
    insert(BearerToken(), rows)
    return _calls("Bearer", tokens)


def _calls(scheme: str, tokens: list[str]) -> list[Call]:
    return [Call(f"{scheme} {token}") for token in tokens]


def _next_year() -> Any:
    return timezone.now() + timedelta(days=365)
