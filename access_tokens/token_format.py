"""The token as a string: its format, checksum, digest and encrypt. Pure: no models, no settings, no database.

lkey_ 7fK2mQ9xLp <43 base62 characters: 256 random bits> <6 base62 characters: CRC-32 of all that precedes>
"""

import functools
import hashlib
import hmac
import os
import re
import secrets
import zlib
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts import redaction

PREFIX = redaction.TOKEN_PREFIX
KEY_ID_LENGTH = redaction.KEY_ID_LENGTH
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
TOKEN_LENGTH = len(PREFIX) + KEY_ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH
MASK_LENGTH = 10
KEY_BYTES = 32
NONCE_BYTES = 12

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHARACTERS = bytes(ord(BASE62[byte % len(BASE62)]) for byte in range(256))
"""Which character a random byte becomes."""
LEFT_OUT = bytes(range(256 - 256 % len(BASE62), 256))
"""The bytes that would make some characters likelier than others."""
TOKEN_PATTERN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{59}}")
KEY_ID_PATTERN = re.compile(r"[0-9A-Za-z]{10}")

type KeyRing = Mapping[str, bytes]


class DecryptionError(Exception):
    """A sealed token does not open: its key is not in the ring, it was altered, or it belongs to another row."""


class NewToken(NamedTuple):
    key_id: str
    plaintext: str


class Digest(NamedTuple):
    pepper_id: str
    value: bytes


class Ciphertext(NamedTuple):
    key_id: str
    value: bytes


# Format


def _random_base62(length: int) -> str:
    """Characters of the operating system's randomness, each as likely as any other (see `LEFT_OUT`)."""
    drawn = b""
    while len(drawn) < length:
        drawn += os.urandom(2 * length).translate(CHARACTERS, LEFT_OUT)
    return drawn[:length].decode("ascii")


def checksum(text: str) -> str:
    """CRC-32 of `text` as 6 base62 characters: tells a token from a look-alike without any look-up."""
    number, characters = zlib.crc32(text.encode("ascii")), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(BASE62))
        characters = BASE62[digit] + characters
    return characters


def generate(key_id: str | None = None) -> NewToken:
    """A fresh token, or a fresh secret for the token with this key id.

    The 43 base62 characters of the secret carry 256 bits of the operating system's randomness.
    """
    key_id = key_id or _random_base62(KEY_ID_LENGTH)
    body = PREFIX + key_id + _random_base62(SECRET_LENGTH)
    return NewToken(key_id, body + checksum(body))


def key_id_of(text: str) -> str | None:
    """The key id of a well-formed token, None for anything else (length, alphabet or checksum wrong)."""
    if not TOKEN_PATTERN.fullmatch(text) or checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    return text[len(PREFIX) : len(PREFIX) + KEY_ID_LENGTH]


def mask(key_id: str) -> str:
    """What lists show: the first 10 characters of the token and an ellipsis. None of them is secret."""
    return f"{PREFIX}{key_id}"[:MASK_LENGTH] + "…"


# At rest


def digest(token: str, peppers: KeyRing) -> Digest:
    """HMAC-SHA-256 of the whole token under the first pepper of the ring."""
    pepper_id, pepper = next(iter(peppers.items()))
    return Digest(pepper_id, hmac.digest(pepper, token.encode("ascii"), hashlib.sha256))


def matches(token: str, expected: Digest, peppers: KeyRing) -> bool:
    """Does `token` have this digest? Compared in constant time. False too if the pepper is no longer in the ring."""
    pepper = peppers.get(expected.pepper_id)
    if pepper is None:
        return False
    return hmac.compare_digest(hmac.digest(pepper, token.encode("ascii"), hashlib.sha256), expected.value)


def encrypt(token: str, *, bound_to: str, keys: KeyRing) -> Ciphertext:
    """AES-256-GCM under the first key of the ring: a random 96-bit nonce (NIST SP 800-38D, 8.2.2), ciphertext, tag.

    `bound_to` is authenticated, not stored: the same words are needed to open it.
    """
    key_id, key = next(iter(keys.items()))
    nonce = os.urandom(NONCE_BYTES)
    return Ciphertext(key_id, nonce + AESGCM(key).encrypt(nonce, token.encode("ascii"), bound_to.encode()))


def decrypt(ciphertext: Ciphertext, *, bound_to: str, keys: KeyRing) -> str:
    """The token in `sealed`.

    Raises: DecryptionError.
    """
    if ciphertext.key_id not in keys:
        raise DecryptionError(f"There is no sealing key “{ciphertext.key_id}” in TOKEN_ENCRYPTION_KEYS.")
    nonce, body = ciphertext.value[:NONCE_BYTES], ciphertext.value[NONCE_BYTES:]
    try:
        return AESGCM(keys[ciphertext.key_id]).decrypt(nonce, body, bound_to.encode()).decode("ascii")
    except (InvalidTag, ValueError) as error:
        raise DecryptionError("The encrypted copy of this token was altered or belongs to another one.") from error


# Keys


@functools.cache
def parse_key_ring(text: str) -> KeyRing:
    """`id:base64[,id:base64…]` as a ring in the same order: the first key writes, all of them read.

    Raises: ValueError, with words that repeat no part of a key.
    """
    ring: dict[str, bytes] = {}
    for position, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        key_id, colon, encoded = entry.partition(":")
        if not colon or not re.fullmatch(r"[0-9A-Za-z-]{1,16}", key_id):
            raise ValueError(
                f"Key {position} has no id: it should read ID:KEY, with an ID of 1 to 16 letters or digits."
            )
        if key_id in ring:
            raise ValueError(f"Two keys have the id “{key_id}”: give each its own.")
        try:
            key = b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        except (Base64Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(f"Key “{key_id}” is not {KEY_BYTES} bytes in URL-safe base64.")
        ring[key_id] = key
    return ring


def generate_key(key_id: str = "k1") -> str:
    """A ring with one fresh key, as the environment variables take it."""
    return f"{key_id}:{urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip('=')}"


def ensure_keys_file(path: Path) -> Path:
    """`path` with a SECRET_KEY, a pepper and a sealing key, made at the first call. For development and the demo."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "TOKEN_PEPPERS": generate_key(),
            "TOKEN_ENCRYPTION_KEYS": generate_key(),
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{name}={value}\n" for name, value in lines.items())
    return path
