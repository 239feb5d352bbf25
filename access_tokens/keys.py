"""The rings of peppers and sealing keys that the settings name, and the check that they are there."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from access_tokens.secrets import KeyRing, parse_key_ring

MAKE_KEY = """python -c 'import secrets; print("k1:" + secrets.token_urlsafe(32))'"""
MAKE_SECRET_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
PURPOSE = {
    "SECRET_KEY": "signs sessions and links",
    "TOKEN_PEPPERS": "keys the digests by which tokens are recognised",
    "TOKEN_SEALING_KEYS": "seals the tokens that may be copied later",
}


def peppers() -> KeyRing:
    return parse_key_ring(settings.TOKEN_PEPPERS)


def sealing_keys() -> KeyRing:
    return parse_key_ring(settings.TOKEN_SEALING_KEYS)


@register("environment")
def check_keys(**kwargs: Any) -> Sequence[CheckMessage]:
    """Nothing starts without its keys, and the words say how to make them."""
    problems = []
    for name, purpose in PURPOSE.items():
        try:
            value = getattr(settings, name)
        except ImproperlyConfigured:  # Django's own word for an empty SECRET_KEY
            value = ""
        make = MAKE_SECRET_KEY if name == "SECRET_KEY" else MAKE_KEY
        if not value:
            words = f"The environment variable {name} is not set. It {purpose}."
            problems.append(Error(words, hint=f"Make a value with: {make}"))
            continue
        try:
            if name != "SECRET_KEY":
                parse_key_ring(value)
        except ValueError as error:
            words = f"The environment variable {name} can't be read. {error}"
            problems.append(Error(words, hint=f"Make a value with: {make}"))
    return problems
