"""System checks of the environment variables. They run before any command that needs them."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from access_tokens.token_crypto import parse_key_ring
from workspaces.models.workspace import MAX_REQUESTS_PER_MINUTE

MAKE_KEY = """python -c 'import secrets; print("k1:" + secrets.token_urlsafe(32))'"""
MAKE_SECRET_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
MAX_RETENTION_DAYS = 36_500
KEY_PURPOSES = {
    "SECRET_KEY": "signs sessions and links",
    "TOKEN_PEPPERS": "is the key of the digests that identify tokens",
    "TOKEN_ENCRYPTION_KEYS": "encrypts tokens that can be copied later",
}


@register("environment")
def check_keys(**kwargs: Any) -> Sequence[CheckMessage]:
    errors = []
    for name, purpose in KEY_PURPOSES.items():
        hint = f"Generate a value: {MAKE_SECRET_KEY if name == 'SECRET_KEY' else MAKE_KEY}"
        try:
            value = getattr(settings, name)
        except ImproperlyConfigured:  # raised by Django for an empty SECRET_KEY
            value = ""
        if not value:
            errors.append(Error(f"The environment variable {name} is not set. It {purpose}.", hint=hint))
        elif name != "SECRET_KEY":
            try:
                parse_key_ring(value)
            except ValueError as error:
                errors.append(Error(f"The environment variable {name} is invalid. {error}", hint=hint))
    return errors


@register("environment")
def check_retention(**kwargs: Any) -> Sequence[CheckMessage]:
    """Prevent an invalid value from deleting events."""
    if settings.EVENT_RETENTION_DAYS is None or settings.EVENT_RETENTION_DAYS > MAX_RETENTION_DAYS:
        limit = MAX_RETENTION_DAYS
        return [Error(f"Set EVENT_RETENTION_DAYS to a whole number of days up to {limit}. 0 keeps events forever.")]
    return []


@register("environment")
def check_limits(**kwargs: Any) -> Sequence[CheckMessage]:
    invalid = [name for name in ("RATE_LIMIT", "RATE_LIMIT_CEILING", "FAILURE_LIMIT") if not getattr(settings, name)]
    if invalid:
        return [Error(f"Set {name} to a whole number of requests per minute, at least 1.") for name in invalid]
    if settings.RATE_LIMIT_CEILING > MAX_REQUESTS_PER_MINUTE:
        return [Error(f"Set RATE_LIMIT_CEILING to at most {MAX_REQUESTS_PER_MINUTE} requests per minute.")]
    if settings.RATE_LIMIT > settings.RATE_LIMIT_CEILING:
        return [Error("RATE_LIMIT is above RATE_LIMIT_CEILING, the maximum. Lower RATE_LIMIT or raise the ceiling.")]
    return []
