"""Encrypted copies of tokens, and the key rings. Pure functions, without models or settings."""

import functools
import os
import re
import secrets
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12

type KeyRing = Mapping[str, bytes]
"""Keys by their ID. The first one writes, all of them read."""


class DecryptionError(Exception):
    """An encrypted copy can't be decrypted: its key is missing, it was altered, or it belongs to another token."""


class Ciphertext(NamedTuple):
    key_id: str
    value: bytes


def encrypt(token: str, *, context: str, keys: KeyRing) -> Ciphertext:
    """Encrypt a token with AES-256-GCM under the first key of the ring.

    The value is a random 96-bit nonce (NIST SP 800-38D, 8.2.2), the ciphertext and the tag. `context` is the
    associated data: it isn't stored, and the same context is needed to decrypt.
    """
    key_id, key = next(iter(keys.items()))
    nonce = os.urandom(NONCE_BYTES)
    return Ciphertext(key_id, nonce + AESGCM(key).encrypt(nonce, token.encode("ascii"), context.encode()))


def decrypt(ciphertext: Ciphertext, *, context: str, keys: KeyRing) -> str:
    """Return the token in `ciphertext`.

    Raises: DecryptionError.
    """
    if ciphertext.key_id not in keys:
        raise DecryptionError(f"TOKEN_ENCRYPTION_KEYS has no key “{ciphertext.key_id}”.")
    nonce, body = ciphertext.value[:NONCE_BYTES], ciphertext.value[NONCE_BYTES:]
    try:
        return AESGCM(keys[ciphertext.key_id]).decrypt(nonce, body, context.encode()).decode("ascii")
    except (InvalidTag, ValueError) as error:
        raise DecryptionError("The encrypted copy of this token was altered or belongs to another token.") from error


@functools.cache
def parse_key_ring(text: str) -> KeyRing:
    """Parse `ID:BASE64[,ID:BASE64…]` into a key ring in the same order.

    Raises: ValueError, with a message that contains no part of a key.
    """
    ring: dict[str, bytes] = {}
    for position, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        key_id, colon, encoded = entry.partition(":")
        if not colon or not re.fullmatch(r"[0-9A-Za-z-]{1,16}", key_id):
            raise ValueError(
                f"Key {position} has no ID. Write it as ID:KEY, with an ID of 1 to 16 letters, digits or hyphens."
            )
        if key_id in ring:
            raise ValueError(f"Two keys have the ID “{key_id}”. Give each key its own ID.")
        try:
            key = b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        except (Base64Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(f"Key “{key_id}” is not {KEY_BYTES} bytes in URL-safe Base64.")
        ring[key_id] = key
    return ring


def generate_key(key_id: str = "k1") -> str:
    """Return a key ring with one new key, in the format of the environment variables."""
    return f"{key_id}:{urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip('=')}"
