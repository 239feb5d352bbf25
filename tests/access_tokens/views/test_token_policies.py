from datetime import timedelta

import pytest
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import page_text, toasts
from tests.factories import make_token
from workspaces.models import CopyPolicy, Event, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]

MAX_30_DAYS = {"max_lifetime_days": "30", "default_expiry": "1w"}


def test_show_once_asks_before_encrypted_copies_are_destroyed(owner, token):
    dialog = owner.post("copy_policy", data={"copy_policy": "show_once"})
    assert "1 encrypted copy in Acme will be destroyed." in page_text(dialog)
    assert AccessToken.objects.get().encrypted_copy is not None
    saved = owner.post("copy_policy", data={"copy_policy": "show_once", "confirmed": "1"})
    assert toasts(saved) == ["The copy policy was changed. 1 encrypted copy was destroyed."]
    assert AccessToken.objects.get().encrypted_copy is None
    assert Workspace.objects.get().copy_policy == CopyPolicy.SHOW_ONCE


def test_show_once_without_encrypted_copies_is_saved_without_confirmation(owner):
    assert owner.post("copy_policy", data={"copy_policy": "show_once"}).url == owner.url("settings")
    assert Workspace.objects.get().copy_policy == CopyPolicy.SHOW_ONCE


def test_unknown_copy_policy_changes_nothing(owner, token):
    assert owner.post("copy_policy", data={"copy_policy": "none", "confirmed": "1"}).status_code == 302
    assert Workspace.objects.get().copy_policy == CopyPolicy.ENCRYPTED


@pytest.mark.parametrize(("value", "stored"), [("30", 30), ("", None), ("6000", 6000)])
def test_rate_limit_is_saved(owner, value, stored):
    response = owner.post("rate_limit", data={"requests_per_minute": value})
    assert response.url == owner.url("settings")
    assert toasts(response) == ["The rate limit was changed."]
    assert Workspace.objects.get().rate_limit == stored


@pytest.mark.parametrize(
    ("value", "message"), [("0", "1 to 6000"), ("7000", "1 to 6000"), ("a lot", "Enter a whole number")]
)
def test_invalid_rate_limit_is_shown_with_an_error(owner, value, message):
    response = owner.post("rate_limit", data={"requests_per_minute": value})
    assert response.status_code == 422
    assert message in response.text
    assert response.context["rate_limit_form"]["requests_per_minute"].value() == value
    assert Workspace.objects.get().rate_limit is None


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "page"])
def test_stricter_expiry_policy_first_shows_the_tokens_that_exceed_it(owner, token, htmx):
    make_token(owner.workspace, label="Short", expires_at=timezone.now() + timedelta(days=1))
    dialog = owner.post("expiry_policy", data=MAX_30_DAYS, htmx=htmx)
    assert dialog.status_code == 200
    text = page_text(dialog)
    assert "1 token has a later expiry than the new policy allows" in text
    assert "CI runner" in text
    assert "never expires, never used" in text
    assert "Short" not in [token.label for token in dialog.context["tokens"].shown]
    assert Workspace.objects.get().max_lifetime_days is None
    assert not Event.objects.exists()


@pytest.mark.parametrize(("choice", "is_shortened"), [("keep", False), ("cap", True)])
def test_expiry_of_exceeding_tokens_is_kept_or_shortened(owner, token, choice, is_shortened):
    owner.post("expiry_policy", data={**MAX_30_DAYS, "seen": "1", "existing_tokens": choice})
    token.refresh_from_db()
    assert bool(token.expires_at) == is_shortened
    acme = Workspace.objects.get()
    assert (acme.max_lifetime_days, acme.non_expiring_allowed, acme.default_expiry) == (30, False, "1w")
    settings = page_text(owner.get("settings"))
    assert ("The expiry policy was changed. 1 token now expires earlier." in settings) == is_shortened
    assert ("1 token exceeds this policy." in settings) != is_shortened


def test_expiry_policy_asks_again_if_more_tokens_exceed_it_than_were_shown(owner, token):
    make_token(owner.workspace)
    dialog = owner.post("expiry_policy", data={**MAX_30_DAYS, "seen": "1", "existing_tokens": "cap"})
    assert "2 tokens have a later expiry" in page_text(dialog)
    assert not AccessToken.objects.exclude(expires_at=None).exists()


@pytest.mark.parametrize("seen", ["", "-1", "x", "9" * 5000, "²"])
def test_invalid_number_of_shown_tokens_counts_as_none(owner, token, seen):
    dialog = owner.post("expiry_policy", data={**MAX_30_DAYS, "seen": seen, "existing_tokens": "cap"})
    assert "1 token has a later expiry" in page_text(dialog)


def test_expiry_policy_that_no_token_exceeds_is_saved_without_confirmation(owner):
    assert owner.post("expiry_policy", data=MAX_30_DAYS).url == owner.url("settings")
    assert Workspace.objects.get().max_lifetime_days == 30


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"max_lifetime_days": "0", "default_expiry": "1m"}, "max_lifetime_days", "1 to 3650"),
        ({"max_lifetime_days": "1.5", "default_expiry": "1m"}, "max_lifetime_days", "Enter a whole number of days"),
        ({"max_lifetime_days": "30", "default_expiry": "never"}, "default_expiry", "never"),
        ({"default_expiry": "never"}, "default_expiry", "never"),
        ({"default_expiry": "2y"}, "default_expiry", "Choose an expiry from the list."),
    ],
)
def test_invalid_expiry_policy_is_shown_with_an_error(owner, token, data, field, message):
    response = owner.post("expiry_policy", data=data)
    assert response.status_code == 422
    assert message in str(response.context["expiry_policy_form"][field].errors)
    assert not Event.objects.exists()
