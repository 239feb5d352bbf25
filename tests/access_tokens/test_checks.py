import pytest
from django.core.checks import run_checks

from access_tokens.checks import MAKE_KEY, MAKE_SECRET_KEY, check_keys, check_limits, check_retention


def messages(check):
    return [f"{error.msg} {error.hint or ''}".strip() for error in check()]


def test_valid_environment_has_no_errors():
    assert run_checks(tags=["environment"]) == []


@pytest.mark.parametrize(
    ("name", "purpose", "command"),
    [
        ("SECRET_KEY", "It signs sessions", MAKE_SECRET_KEY),
        ("TOKEN_PEPPERS", "It is the key of the digests", MAKE_KEY),
        ("TOKEN_ENCRYPTION_KEYS", "It encrypts tokens", MAKE_KEY),
    ],
)
def test_error_for_a_missing_key_says_what_it_is_for_and_how_to_generate_it(settings, name, purpose, command):
    setattr(settings, name, "")
    [message] = messages(check_keys)
    assert message.startswith(f"The environment variable {name} is not set. {purpose}")
    assert message.endswith(f"Generate a value: {command}")


@pytest.mark.parametrize("name", ["TOKEN_PEPPERS", "TOKEN_ENCRYPTION_KEYS"])
@pytest.mark.parametrize("value", ["k1:a-truncated-key", "a-key-without-an-id"])
def test_error_for_a_malformed_key_ring_does_not_contain_its_value(settings, name, value):
    setattr(settings, name, value)
    [message] = messages(check_keys)
    assert f"The environment variable {name} is invalid." in message
    assert value not in message


@pytest.mark.parametrize("days", [None, 36_501])
def test_invalid_retention_is_an_error(settings, days):
    settings.EVENT_RETENTION_DAYS = days
    assert messages(check_retention) == [
        "Set EVENT_RETENTION_DAYS to a whole number of days up to 36500. 0 keeps events forever."
    ]


@pytest.mark.parametrize("name", ["RATE_LIMIT", "RATE_LIMIT_CEILING", "FAILURE_LIMIT"])
def test_missing_limit_is_an_error(settings, name):
    setattr(settings, name, None)
    assert messages(check_limits) == [f"Set {name} to a whole number of requests per minute, at least 1."]


@pytest.mark.parametrize(
    ("limit", "ceiling", "message"),
    [
        (60, 1_000_001, "Set RATE_LIMIT_CEILING to at most 1000000 requests per minute."),
        (61, 60, "RATE_LIMIT is above RATE_LIMIT_CEILING, the maximum. Lower RATE_LIMIT or raise the ceiling."),
    ],
)
def test_limit_above_its_maximum_is_an_error(settings, limit, ceiling, message):
    settings.RATE_LIMIT, settings.RATE_LIMIT_CEILING = limit, ceiling
    assert messages(check_limits) == [message]
