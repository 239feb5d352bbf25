"""A file with generated keys, for development and the demo."""

import os
import secrets
from pathlib import Path

from access_tokens.token_crypto import generate_key


def ensure_keys_file(path: Path) -> Path:
    """Return `path`. If it doesn't exist, create it with a new SECRET_KEY, pepper and encryption key."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "TOKEN_PEPPERS": generate_key(),
            "TOKEN_ENCRYPTION_KEYS": generate_key(),
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{name}={value}\n" for name, value in keys.items())
    return path
