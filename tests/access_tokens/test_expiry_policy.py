"""What a lifetime policy lets people choose."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from access_tokens.expiry import ExpiryPreset, resolve
from access_tokens.expiry_policy import ExpiryPolicy
from tests.factories import WorkspaceFactory, make_token
from workspaces.models.workspace import DEFAULT_EXPIRIES, MAX_DAYS

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ANYTHING = ExpiryPolicy(None, True, "1m")
AN_END = ExpiryPolicy(None, False, "6m")
NINETY = ExpiryPolicy(90, False, "1m")


def test_the_default_is_one_of_the_presets_that_need_no_date():
    assert set(DEFAULT_EXPIRIES) == set(ExpiryPreset) - {ExpiryPreset.CUSTOM}


@pytest.mark.parametrize(
    ("policy", "presets"),
    [
        (ANYTHING, list(ExpiryPreset)),
        (
            AN_END,
            [ExpiryPreset.WEEK, ExpiryPreset.MONTH, ExpiryPreset.HALF_YEAR, ExpiryPreset.YEAR, ExpiryPreset.CUSTOM],
        ),
        (NINETY, [ExpiryPreset.WEEK, ExpiryPreset.MONTH, ExpiryPreset.CUSTOM]),
        (ExpiryPolicy(7, False, "1m"), [ExpiryPreset.WEEK, ExpiryPreset.CUSTOM]),
        (ExpiryPolicy(6, False, "1m"), [ExpiryPreset.CUSTOM]),
    ],
)
def test_what_is_on_offer_may_be_chosen_and_nothing_else_is(policy, presets):
    assert policy.presets(NOW) == presets
    for preset in set(ExpiryPreset) - {ExpiryPreset.CUSTOM}:
        if preset in presets:
            policy.validate(resolve(preset, now=NOW), now=NOW)
        else:
            with pytest.raises(ValidationError):
                policy.validate(resolve(preset, now=NOW), now=NOW)


def test_days_are_counted_by_the_calendar_and_the_last_one_is_whole():
    last = datetime(2027, 5, 30, 23, 59, 59, tzinfo=UTC)
    assert NINETY.max_expires_at(NOW) == last
    NINETY.validate(last, now=NOW)
    with pytest.raises(ValidationError, match="within 90 days, at the latest 2027-05-30T23:59:59Z"):
        NINETY.validate(last + timedelta(seconds=1), now=NOW)


def test_a_default_that_is_too_long_is_the_last_day_that_is_allowed():
    assert NINETY.default_choice(NOW) == (ExpiryPreset.MONTH, None)
    assert ExpiryPolicy(6, False, "1m").default_choice(NOW) == (ExpiryPreset.CUSTOM, date(2027, 3, 7))
    assert ExpiryPolicy(None, True, "never").default_choice(NOW) == (ExpiryPreset.NEVER, None)


@pytest.mark.parametrize(
    ("policy", "change", "field"),
    [
        (ANYTHING, {"max_lifetime_days": 0}, "max_lifetime_days"),
        (ANYTHING, {"max_lifetime_days": MAX_DAYS + 1}, "max_lifetime_days"),
        (ANYTHING, {"max_lifetime_days": 9, "non_expiring_allowed": True}, "non_expiring_allowed"),
        (NINETY, {"non_expiring_allowed": True}, "non_expiring_allowed"),
        (NINETY, {"default_expiry": "never"}, "default_expiry"),
        (ExpiryPolicy(None, True, "never"), {"non_expiring_allowed": False}, "default_expiry"),
        (ANYTHING, {"default_expiry": "custom"}, "default_expiry"),
    ],
)
def test_rules_that_contradict_each_other_are_refused(policy, change, field):
    with pytest.raises(ValidationError) as refused:
        policy.with_changes(**change)
    assert list(refused.value.message_dict) == [field]


def test_with_a_longest_lifetime_never_goes_and_stays_away_without_one():
    bounded = ANYTHING.with_changes(max_lifetime_days=30)
    assert bounded == ExpiryPolicy(30, False, "1m")
    assert bounded.with_changes(max_lifetime_days=None) == ExpiryPolicy(None, False, "1m")
    assert bounded.with_changes(max_lifetime_days=None, non_expiring_allowed=True) == ANYTHING


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("policy", "labels"),
    [
        (ANYTHING, set()),
        (AN_END, {"never", "never, disabled"}),
        (NINETY, {"never", "never, disabled", "far"}),
    ],
)
def test_longer_lived_are_those_whose_expiry_could_not_be_chosen_now(policy, labels):
    acme, past = WorkspaceFactory(), NOW - timedelta(days=400)
    make_token(acme, label="never", created_at=past)
    make_token(acme, label="never, disabled", created_at=past, disabled_at=NOW)
    make_token(acme, label="far", created_at=past, expires_at=datetime(2027, 5, 31, tzinfo=UTC))
    make_token(acme, label="at the bound", created_at=past, expires_at=NINETY.max_expires_at(NOW))
    make_token(acme, label="expired", created_at=past, expires_at=NOW - timedelta(days=1))
    make_token(label="another workspace's", created_at=past)
    assert {token.label for token in policy.tokens_exceeding(acme, NOW)} == labels
