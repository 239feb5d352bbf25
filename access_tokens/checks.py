"""What the environment has to say before anything starts, with words on how to say it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from access_tokens.token_crypto import parse_key_ring
from workspaces.models.workspace import MAX_REQUESTS_PER_MINUTE

MAKE_KEY = """python -c 'import secrets; print("k1:" + secrets.token_urlsafe(32))'"""
MAKE_SECRET_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
MAX_DAYS = 36_500
KEY_PURPOSES = {
    "SECRET_KEY": "signs sessions and links",
    "TOKEN_PEPPERS": "keys the digests by which tokens are recognised",
    "TOKEN_ENCRYPTION_KEYS": "seals the tokens that may be copied later",
}


@register("environment")
def check_keys(**kwargs: Any) -> Sequence[CheckMessage]:
    """Nothing starts without its keys, and the words say how to make them."""
    problems = []
    for name, purpose in KEY_PURPOSES.items():
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


@register("environment")
def check_retention(**kwargs: Any) -> Sequence[CheckMessage]:
    """Nothing is forgotten on the strength of a slip of the pen."""
    if settings.EVENT_RETENTION_DAYS is None or settings.EVENT_RETENTION_DAYS > MAX_DAYS:
        words = f"EVENT_RETENTION_DAYS takes a whole number of days up to {MAX_DAYS}; 0 keeps events for ever."
        return [Error(words)]
    return []


@register("environment")
def check_limits(**kwargs: Any) -> Sequence[CheckMessage]:
    """A limit is a number, and Owners can choose what holds by default."""
    wrong = [name for name in ("RATE_LIMIT", "RATE_LIMIT_CEILING", "FAILURE_LIMIT") if not getattr(settings, name)]
    words = "The environment variable {} takes a whole number from 1 on: calls a minute."
    if wrong:
        return [Error(words.format(name)) for name in wrong]
    if settings.RATE_LIMIT_CEILING > MAX_REQUESTS_PER_MINUTE:
        return [Error(f"RATE_LIMIT_CEILING is at most {MAX_REQUESTS_PER_MINUTE}.")]
    if settings.RATE_LIMIT > settings.RATE_LIMIT_CEILING:
        return [Error("RATE_LIMIT is above RATE_LIMIT_CEILING, which no token may pass. Change one of them.")]
    return []
