"""The key rings in the settings."""

from django.conf import settings

from access_tokens.token_crypto import KeyRing, parse_key_ring


def peppers() -> KeyRing:
    return parse_key_ring(settings.TOKEN_PEPPERS)


def encryption_keys() -> KeyRing:
    return parse_key_ring(settings.TOKEN_ENCRYPTION_KEYS)
