"""Access tokens as strings: their format, checksum and digest. Pure functions, without models or settings.

lkey_ 7fK2mQ9xLp <43 base62 characters: 256 random bits> <6 base62 characters: CRC-32 of everything before it>
"""

import hashlib
import hmac
import os
import re
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from accounts import redaction

PREFIX = redaction.TOKEN_PREFIX
KEY_ID_LENGTH = redaction.KEY_ID_LENGTH
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
TOKEN_LENGTH = len(PREFIX) + KEY_ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH
MASK_LENGTH = 10

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE62_PAIRS = [first + second for first in BASE62 for second in BASE62]
BASE62_OF_BYTE = bytes(ord(BASE62[byte % len(BASE62)]) for byte in range(256))
BIASED_BYTES = bytes(range(256 - 256 % len(BASE62), 256))
"""Random bytes to discard: with them, some characters would be more likely than others."""
TOKEN_PATTERN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{TOKEN_LENGTH - len(PREFIX)}}}")
KEY_ID_PATTERN = re.compile(rf"[0-9A-Za-z]{{{KEY_ID_LENGTH}}}")


class NewToken(NamedTuple):
    key_id: str
    plaintext: str


class Digest(NamedTuple):
    pepper_id: str
    value: bytes


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
    number, last = divmod(zlib.crc32(text.encode("ascii")), len(BASE62_PAIRS))
    first, middle = divmod(number, len(BASE62_PAIRS))
    return BASE62_PAIRS[first] + BASE62_PAIRS[middle] + BASE62_PAIRS[last]


def parse_key_id(text: str) -> str | None:
    """Return the key ID of a well-formed token, or None if its length, alphabet or checksum is wrong."""
    if not TOKEN_PATTERN.fullmatch(text) or checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    return text[len(PREFIX) : len(PREFIX) + KEY_ID_LENGTH]


def mask(key_id: str) -> str:
    """Return the first 10 characters of the token and an ellipsis. None of them is part of the secret."""
    return f"{PREFIX}{key_id}"[:MASK_LENGTH] + "…"


def digest(token: str, peppers: Mapping[str, bytes]) -> Digest:
    """Return the HMAC-SHA-256 of the whole token under the first pepper of the ring."""
    pepper_id, pepper = next(iter(peppers.items()))
    return Digest(pepper_id, hmac.digest(pepper, token.encode("ascii"), hashlib.sha256))


def matches(token: str, expected: Digest, peppers: Mapping[str, bytes]) -> bool:
    """Return whether `token` has this digest, comparing in constant time. False if its pepper isn't in the ring."""
    pepper = peppers.get(expected.pepper_id)
    if pepper is None:
        return False
    return hmac.compare_digest(hmac.digest(pepper, token.encode("ascii"), hashlib.sha256), expected.value)
