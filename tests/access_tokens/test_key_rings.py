from access_tokens import key_rings
from access_tokens.token_crypto import generate_key


def test_key_rings_follow_the_settings(settings):
    settings.TOKEN_PEPPERS = f"{generate_key('new')},{generate_key('old')}"
    settings.TOKEN_ENCRYPTION_KEYS = generate_key("encryption")
    assert list(key_rings.peppers()) == ["new", "old"]
    assert list(key_rings.encryption_keys()) == ["encryption"]
