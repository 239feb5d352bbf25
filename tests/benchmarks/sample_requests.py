"""The requests that a contender receives: an `Authorization` header and the values of its path and query."""

from pathlib import Path
from random import Random
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple

BASE62 = (digits + ascii_uppercase + ascii_lowercase).encode()
CHARACTERS = bytes(BASE62[byte % len(BASE62)] for byte in range(256))


class SampleRequest(NamedTuple):
    """`workspace` is the slug of the token's workspace; `token` is the key ID of a token in it."""

    header: str
    workspace: str = ""
    token: str = ""


def random_base62(random: Random, length: int) -> str:
    """Return base62 characters. They are fast to generate and reproducible, so they are no secret."""
    return random.randbytes(length).translate(CHARACTERS).decode()


def read_other_tokens(requests: list[SampleRequest], random: Random) -> list[SampleRequest]:
    """Replace each request's own key ID by that of a random token in the same workspace."""
    key_ids: dict[str, list[str]] = {}
    for request in requests:
        key_ids.setdefault(request.workspace, []).append(request.token)
    return [request._replace(token=random.choice(key_ids[request.workspace])) for request in requests]


def write_requests(requests: list[SampleRequest], path: Path) -> None:
    """Write one line per request with tabs between the fields. wrk.lua reads the same format."""
    path.write_text("".join("\t".join(request) + "\n" for request in requests), encoding="ascii")


def read_requests(path: Path) -> list[SampleRequest]:
    lines = path.read_text(encoding="ascii").splitlines()
    return [SampleRequest(*line.split("\t")) for line in lines]
