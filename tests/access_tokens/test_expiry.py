from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from access_tokens.expiry import MAX_EXPIRES_AT, ExpiryPreset, end_of_day, outlives, resolve, validate

pytestmark = pytest.mark.same_on_each_database
NOW = datetime(2026, 11, 24, 9, 30, 15, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("preset", "expiry"),
    [
        (ExpiryPreset.WEEK, datetime(2026, 12, 1, 9, 30, 15, tzinfo=UTC)),
        (ExpiryPreset.MONTH, datetime(2026, 12, 24, 9, 30, 15, tzinfo=UTC)),
        (ExpiryPreset.HALF_YEAR, datetime(2027, 5, 24, 9, 30, 15, tzinfo=UTC)),
        (ExpiryPreset.YEAR, datetime(2027, 11, 24, 9, 30, 15, tzinfo=UTC)),
        (ExpiryPreset.NEVER, None),
    ],
)
def test_presets_are_counted_from_now_in_calendar_months(preset, expiry):
    assert resolve(preset, now=NOW) == expiry


@pytest.mark.parametrize(
    ("now", "preset", "day"),
    [
        (datetime(2027, 1, 31, tzinfo=UTC), ExpiryPreset.MONTH, date(2027, 2, 28)),
        (datetime(2028, 1, 31, tzinfo=UTC), ExpiryPreset.MONTH, date(2028, 2, 29)),
        (datetime(2028, 2, 29, tzinfo=UTC), ExpiryPreset.YEAR, date(2029, 2, 28)),
        (datetime(2026, 8, 31, tzinfo=UTC), ExpiryPreset.HALF_YEAR, date(2027, 2, 28)),
        (datetime(2026, 12, 15, tzinfo=UTC), ExpiryPreset.MONTH, date(2027, 1, 15)),
        (datetime(2026, 11, 30, tzinfo=UTC), ExpiryPreset.MONTH, date(2026, 12, 30)),
    ],
)
def test_preset_falls_on_the_last_day_of_a_shorter_month(now, preset, day):
    assert resolve(preset, now=now) == datetime.combine(day, now.timetz())


@given(
    st.integers(0, 7000 * 365).map(lambda days: datetime(1970, 1, 31, 23, 59, 59, tzinfo=UTC) + timedelta(days=days)),
    st.sampled_from([ExpiryPreset.WEEK, ExpiryPreset.MONTH, ExpiryPreset.HALF_YEAR, ExpiryPreset.YEAR]),
)
def test_presets_are_valid_at_any_time(now, preset):
    validate(resolve(preset, now=now), now=now)


def test_custom_date_is_the_end_of_that_day_in_utc():
    assert resolve(ExpiryPreset.CUSTOM, custom=date(2027, 1, 31)) == datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert end_of_day(date(2027, 1, 31)) == datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)


def test_custom_preset_needs_a_date():
    with pytest.raises(ValidationError, match="Choose the date on which the token expires"):
        resolve(ExpiryPreset.CUSTOM)


def test_today_is_a_valid_custom_date():
    validate(resolve(ExpiryPreset.CUSTOM, custom=NOW.date()), now=NOW)


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(microseconds=1), timedelta(days=900)])
def test_expiry_must_be_in_the_future(ago):
    with pytest.raises(ValidationError, match="is in the past") as error:
        validate(NOW - ago, now=NOW)
    assert error.value.code == "past"


def test_expiry_must_be_before_the_year_9999():
    validate(MAX_EXPIRES_AT, now=NOW)
    for expires_at in (MAX_EXPIRES_AT + timedelta(seconds=1), datetime.max.replace(tzinfo=UTC)):
        with pytest.raises(ValidationError, match="before the year 9999") as error:
            validate(expires_at, now=NOW)
        assert error.value.code == "too_late"


def test_no_expiry_is_valid():
    validate(None)


@pytest.mark.parametrize(
    ("expires_at", "other", "expected"),
    [
        (NOW, NOW, False),
        (NOW + timedelta(seconds=1), NOW, True),
        (NOW, NOW + timedelta(seconds=1), False),
        (None, NOW, True),
        (NOW, None, False),
        (None, None, False),
    ],
)
def test_non_expiring_tokens_outlive_all_others(expires_at, other, expected):
    assert outlives(expires_at, other) == expected
