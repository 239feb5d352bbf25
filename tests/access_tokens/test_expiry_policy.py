from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from access_tokens.expiry import ExpiryPreset, resolve
from access_tokens.expiry_policy import ExpiryPolicy
from tests.factories import WorkspaceFactory, make_token
from workspaces.models.workspace import DEFAULT_EXPIRY_CHOICES, MAX_LIFETIME_DAYS

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
NO_LIMITS = ExpiryPolicy(None, True, "1m")
EXPIRING_ONLY = ExpiryPolicy(None, False, "6m")
NINETY_DAYS = ExpiryPolicy(90, False, "1m")


def test_default_expiries_are_the_presets_without_a_date():
    assert set(DEFAULT_EXPIRY_CHOICES) == set(ExpiryPreset) - {ExpiryPreset.CUSTOM}


@pytest.mark.parametrize(
    ("policy", "presets"),
    [
        (NO_LIMITS, list(ExpiryPreset)),
        (EXPIRING_ONLY, [preset for preset in ExpiryPreset if preset != ExpiryPreset.NEVER]),
        (NINETY_DAYS, [ExpiryPreset.WEEK, ExpiryPreset.MONTH, ExpiryPreset.CUSTOM]),
        (ExpiryPolicy(7, False, "1m"), [ExpiryPreset.WEEK, ExpiryPreset.CUSTOM]),
        (ExpiryPolicy(6, False, "1m"), [ExpiryPreset.CUSTOM]),
    ],
)
def test_listed_presets_are_valid_and_all_others_are_not(policy, presets):
    assert policy.presets(NOW) == presets
    for preset in set(ExpiryPreset) - {ExpiryPreset.CUSTOM}:
        if preset in presets:
            policy.validate(resolve(preset, now=NOW), now=NOW)
        else:
            with pytest.raises(ValidationError):
                policy.validate(resolve(preset, now=NOW), now=NOW)


def test_maximum_lifetime_ends_at_the_end_of_its_last_day():
    latest = datetime(2027, 5, 30, 23, 59, 59, tzinfo=UTC)
    assert NINETY_DAYS.max_expires_at(NOW) == latest
    NINETY_DAYS.validate(latest, now=NOW)
    with pytest.raises(ValidationError, match="within 90 days, at the latest 2027-05-30T23:59:59Z"):
        NINETY_DAYS.validate(latest + timedelta(seconds=1), now=NOW)


def test_default_that_exceeds_the_maximum_lifetime_is_replaced_by_its_last_day():
    assert NINETY_DAYS.default_choice(NOW) == (ExpiryPreset.MONTH, None)
    assert ExpiryPolicy(6, False, "1m").default_choice(NOW) == (ExpiryPreset.CUSTOM, date(2027, 3, 7))
    assert ExpiryPolicy(None, True, "never").default_choice(NOW) == (ExpiryPreset.NEVER, None)


@pytest.mark.parametrize(
    ("policy", "change", "field"),
    [
        (NO_LIMITS, {"max_lifetime_days": 0}, "max_lifetime_days"),
        (NO_LIMITS, {"max_lifetime_days": MAX_LIFETIME_DAYS + 1}, "max_lifetime_days"),
        (NO_LIMITS, {"max_lifetime_days": 9, "non_expiring_allowed": True}, "non_expiring_allowed"),
        (NINETY_DAYS, {"non_expiring_allowed": True}, "non_expiring_allowed"),
        (NINETY_DAYS, {"default_expiry": "never"}, "default_expiry"),
        (ExpiryPolicy(None, True, "never"), {"non_expiring_allowed": False}, "default_expiry"),
        (NO_LIMITS, {"default_expiry": "custom"}, "default_expiry"),
    ],
)
def test_contradictory_changes_are_rejected(policy, change, field):
    with pytest.raises(ValidationError) as error:
        policy.with_changes(**change)
    assert list(error.value.message_dict) == [field]


def test_maximum_lifetime_disallows_non_expiring_tokens_until_they_are_allowed_again():
    limited = NO_LIMITS.with_changes(max_lifetime_days=30)
    assert limited == ExpiryPolicy(30, False, "1m")
    assert limited.with_changes(max_lifetime_days=None) == ExpiryPolicy(None, False, "1m")
    assert limited.with_changes(max_lifetime_days=None, non_expiring_allowed=True) == NO_LIMITS


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("policy", "labels"),
    [
        (NO_LIMITS, set()),
        (EXPIRING_ONLY, {"non-expiring", "non-expiring, disabled"}),
        (NINETY_DAYS, {"non-expiring", "non-expiring, disabled", "late"}),
    ],
)
def test_tokens_exceeding_the_policy_are_those_whose_expiry_can_not_be_chosen_any_more(policy, labels):
    acme, created_at = WorkspaceFactory(), NOW - timedelta(days=400)
    make_token(acme, label="non-expiring", created_at=created_at)
    make_token(acme, label="non-expiring, disabled", created_at=created_at, disabled_at=NOW)
    make_token(acme, label="late", created_at=created_at, expires_at=datetime(2027, 5, 31, tzinfo=UTC))
    make_token(acme, label="at the limit", created_at=created_at, expires_at=NINETY_DAYS.max_expires_at(NOW))
    make_token(acme, label="expired", created_at=created_at, expires_at=NOW - timedelta(days=1))
    make_token(label="in another workspace", created_at=created_at)
    assert {token.label for token in policy.tokens_exceeding(acme, NOW)} == labels
