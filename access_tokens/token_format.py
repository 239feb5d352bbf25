"""The format of access tokens: generate, parse and mask them. Pure functions, without models or settings.

lkey_ 7fK2mQ9xLp <43 base62 characters: 256 random bits> <6 base62 characters: CRC-32 of everything before it>
"""

import os
import re
import zlib
from typing import NamedTuple

from accounts import redaction

PREFIX = redaction.TOKEN_PREFIX
KEY_ID_LENGTH = redaction.KEY_ID_LENGTH
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
TOKEN_LENGTH = len(PREFIX) + KEY_ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH
MASK_LENGTH = 10

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE62_OF_BYTE = bytes(ord(BASE62[byte % len(BASE62)]) for byte in range(256))
BIASED_BYTES = bytes(range(256 - 256 % len(BASE62), 256))
"""Random bytes to discard: with them, some characters would be more likely than others."""
TOKEN_PATTERN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{TOKEN_LENGTH - len(PREFIX)}}}")
KEY_ID_PATTERN = re.compile(rf"[0-9A-Za-z]{{{KEY_ID_LENGTH}}}")


class NewToken(NamedTuple):
    key_id: str
    plaintext: str


def generate(key_id: str | None = None) -> NewToken:
    """Return a new token, or a new secret for the token with this key ID."""
    key_id = key_id or _random_base62(KEY_ID_LENGTH)
    body = PREFIX + key_id + _random_base62(SECRET_LENGTH)
    return NewToken(key_id, body + checksum(body))


def _random_base62(length: int) -> str:
    """Return characters from the operating system's random source, all equally likely."""
    characters = b""
    while len(characters) < length:
        characters += os.urandom(2 * length).translate(BASE62_OF_BYTE, BIASED_BYTES)
    return characters[:length].decode("ascii")


def checksum(text: str) -> str:
    """Return the CRC-32 of `text` as 6 base62 characters."""
    number, characters = zlib.crc32(text.encode("ascii")), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(BASE62))
        characters = BASE62[digit] + characters
    return characters


def parse_key_id(text: str) -> str | None:
    """Return the key ID of a well-formed token, or None if its length, alphabet or checksum is wrong."""
    if not TOKEN_PATTERN.fullmatch(text) or checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    return text[len(PREFIX) : len(PREFIX) + KEY_ID_LENGTH]


def mask(key_id: str) -> str:
    """Return the first 10 characters of the token and an ellipsis. None of them is part of the secret."""
    return f"{PREFIX}{key_id}"[:MASK_LENGTH] + "…"
