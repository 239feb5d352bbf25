"""Removal of access tokens from text that is logged, shown or stored."""

import re

TOKEN_PREFIX = "lkey_"
"""The start of every access token, by which people and secret scanners recognize one."""
KEY_ID_LENGTH = 10
TOKEN_WITH_SECRET = re.compile(rf"{TOKEN_PREFIX}[0-9A-Za-z]{{{KEY_ID_LENGTH + 1},}}")


def redact(text: str) -> str:
    """Return `text` with each access token cut to its prefix and the first characters of its key ID."""
    return TOKEN_WITH_SECRET.sub(lambda match: f"{match[0][:10]}…", text)
