"""What is called: for each token its `Authorization` header, and the workspace that it belongs to."""

from pathlib import Path
from random import Random
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple

BASE62 = (digits + ascii_uppercase + ascii_lowercase).encode()
CHARACTERS = bytes(BASE62[byte % len(BASE62)] for byte in range(256))


class Call(NamedTuple):
    """`token`: the key ID of a token in the same workspace, for endpoints that read one."""

    header: str
    workspace: str = ""
    token: str = ""


def word(random: Random, length: int) -> str:
    """Base62 characters, quickly, the same for the same `random`: for a benchmark, for no secret."""
    return random.randbytes(length).translate(CHARACTERS).decode()


def to_read_another(calls: list[Call], random: Random) -> list[Call]:
    """Give each call a random token of its workspace to read, in place of its own."""
    tokens: dict[str, list[str]] = {}
    for call in calls:
        tokens.setdefault(call.workspace, []).append(call.token)
    return [call._replace(token=random.choice(tokens[call.workspace])) for call in calls]


def write(calls: list[Call], path: Path) -> None:
    """A line for each, with a tab between: wrk's script reads it too."""
    path.write_text("".join("\t".join(call) + "\n" for call in calls), encoding="ascii")


def read(path: Path) -> list[Call]:
    lines = path.read_text(encoding="ascii").splitlines()
    return [Call(*line.split("\t")) for line in lines]
