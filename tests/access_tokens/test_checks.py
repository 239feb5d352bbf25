import pytest
from django.core.checks import run_checks

from access_tokens import key_rings
from access_tokens.checks import MAKE_KEY, MAKE_SECRET_KEY, check_keys
from access_tokens.token_crypto import generate_key


def words():
    return [str(problem) for problem in check_keys()]


def test_proper_keys_are_no_problem():
    assert words() == []
    assert run_checks(tags=["environment"]) == []


@pytest.mark.parametrize(
    ("name", "purpose", "make"),
    [
        ("SECRET_KEY", "signs sessions", MAKE_SECRET_KEY),
        ("TOKEN_PEPPERS", "keys the digests", MAKE_KEY),
        ("TOKEN_ENCRYPTION_KEYS", "seals the tokens", MAKE_KEY),
    ],
)
def test_a_missing_key_is_named_with_its_purpose_and_how_to_make_one(settings, name, purpose, make):
    setattr(settings, name, "")
    [problem] = words()
    assert f"The environment variable {name} is not set. It {purpose}" in problem
    assert f"Make a value with: {make}" in problem


@pytest.mark.parametrize("name", ["TOKEN_PEPPERS", "TOKEN_ENCRYPTION_KEYS"])
@pytest.mark.parametrize("value", ["k1:a-secret-cut-short", "a-secret-without-an-id"])
def test_a_malformed_ring_is_named_and_not_repeated(settings, name, value):
    setattr(settings, name, value)
    [problem] = words()
    assert f"The environment variable {name} can't be read." in problem
    assert "a-secret" not in problem


def test_rings_follow_the_settings(settings):
    settings.TOKEN_PEPPERS = f"{generate_key('new')},{generate_key('old')}"
    settings.TOKEN_ENCRYPTION_KEYS = generate_key("seal")
    assert list(key_rings.peppers()) == ["new", "old"]
    assert list(key_rings.encryption_keys()) == ["seal"]
