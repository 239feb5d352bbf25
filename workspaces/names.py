"""Names, messages and slugs that people enter."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.text import slugify

MAX_NAME_LENGTH = 100
MAX_SLUG_LENGTH = 50
INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories of control, direction, surrogate, private and unassigned characters and line separators."""
BLANK_CHARACTERS = set("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by category, but without a visible glyph."""
JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners: invisible, but needed to write Persian, Hindi and emoji."""

RESERVED_SLUGS = frozenset(
    {
        *("about", "account", "accounts", "admin", "api", "app", "assets", "auth", "billing", "blog", "console"),
        *("dashboard", "demo", "docs", "events", "gateway", "guides", "health", "help", "home", "introspect"),
        *("invitations", "latchkey", "legal", "login", "logout", "me", "media", "members", "metrics", "new", "null"),
        *("oauth", "operator", "operators", "privacy", "projects", "public", "root", "security", "settings", "signup"),
        *("static", "status", "support", "system", "terms", "tokens", "undefined", "user", "users", "webhooks"),
        *("workspace", "workspaces", "www"),
    }
)
"""Slugs that people would take for a part of Latchkey."""


def clean_name(text: str, *, noun: str = "name") -> str:
    """Return `text` without surrounding whitespace, in Unicode's composed form (NFC).

    Raises: ValidationError if it is empty, has invisible characters or more than `MAX_NAME_LENGTH` characters.
    """
    text = unicodedata.normalize("NFC", text).strip()
    _reject_invisible(text, noun, allowed=JOINERS)
    if not any(unicodedata.category(character)[0] in "LNPS" for character in text if character not in BLANK_CHARACTERS):
        raise ValidationError(f"Enter a {noun} of 1 to {MAX_NAME_LENGTH} characters.", code="required")
    _reject_longer(text, noun, MAX_NAME_LENGTH)
    return text


def clean_message(text: str, *, max_length: int) -> str:
    """Return `text`, which can have several lines, without surrounding whitespace, in Unicode's composed form (NFC).

    Raises: ValidationError if it has invisible characters or more than `max_length` characters.
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    _reject_invisible(text, "message", allowed=JOINERS + "\n\t")
    _reject_longer(text, "message", max_length)
    return text


def _reject_invisible(text: str, noun: str, *, allowed: str) -> None:
    categories = {unicodedata.category(character) for character in text if character not in allowed}
    if categories & INVISIBLE_CATEGORIES:
        raise ValidationError(f"This {noun} contains invisible characters. Remove them.", code="invisible")


def _reject_longer(text: str, noun: str, max_length: int) -> None:
    if len(text) > max_length:
        message = f"This {noun} has {len(text)} characters. Use at most {max_length}."
        raise ValidationError(message, code="max_length")


def slugify_name(name: str) -> str:
    """Return a slug made from a name: `Café Nord & Co.` becomes `cafe-nord-co`. Empty if nothing of it can be used."""
    return slugify(name.replace("_", " "))[:MAX_SLUG_LENGTH].strip("-")
