"""The rings of peppers and sealing keys that the settings name."""

from django.conf import settings

from access_tokens.token_format import KeyRing, parse_key_ring


def peppers() -> KeyRing:
    return parse_key_ring(settings.TOKEN_PEPPERS)


def encryption_keys() -> KeyRing:
    return parse_key_ring(settings.TOKEN_ENCRYPTION_KEYS)
