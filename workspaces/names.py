"""What people may call things."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.text import slugify

MAX_NAME_LENGTH = 100
MAX_SLUG_LENGTH = 50
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
BLANK = set("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by their category, but nothing to see."""
JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiner: invisible, but part of how Persian, Hindi and emoji are written."""

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
"""Words that people would take for a part of Latchkey, and not for somebody's workspace."""


def clean_name(text: str, *, what: str = "name") -> str:
    """`text` without blanks at its ends, in Unicode's composed form (NFC).

    Raises: ValidationError, if it is empty, over 100 characters, or holds control, direction or unassigned ones.
    """
    text = unicodedata.normalize("NFC", text).strip()
    categories = [unicodedata.category(character) for character in text if character not in JOINERS]
    if any(category in INVISIBLE for category in categories):
        raise ValidationError(f"Leave out invisible characters: a {what} holds what can be seen.", code="invisible")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in text if character not in BLANK):
        raise ValidationError(f"Enter a {what} of 1 to {MAX_NAME_LENGTH} characters.", code="required")
    if len(text) > MAX_NAME_LENGTH:
        raise ValidationError(
            f"This {what} has {len(text)} characters. Use at most {MAX_NAME_LENGTH}.", code="max_length"
        )
    return text


def clean_message(text: str, *, most: int) -> str:
    """`text`, which may have lines, with the same characters left out as in a name, and `most` of them.

    Raises: ValidationError.
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if any(unicodedata.category(character) in INVISIBLE for character in text if character not in JOINERS + "\n\t"):
        raise ValidationError("Leave out invisible characters: a message holds what can be seen.", code="invisible")
    if len(text) > most:
        raise ValidationError(f"The message has {len(text)} characters. Use at most {most}.", code="max_length")
    return text


def slugify_name(name: str) -> str:
    """What a slug can keep of a name: `Café Nord & Co.` gives `cafe-nord-co`; "" if that is nothing."""
    return slugify(name.replace("_", " "))[:MAX_SLUG_LENGTH].strip("-")
