"""The change of one's own e-mail address."""

import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import email_change
from accounts.models import EmailChange
from tests.access_tokens.views.console_client import PASSWORD, member, sign_in
from tests.factories import AccessTokenFactory, MembershipFactory, UserFactory, WorkspaceFactory
from workspaces.actors import Actor
from workspaces.models import Event
from workspaces.operations import users

NEW = "ada@new.example"
PROFILE = reverse("account_profile")
REQUEST, CONFIRM, CANCEL = (
    reverse(f"account_{name}") for name in ("change_email", "confirm_email_change", "cancel_email_change")
)

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@pytest.fixture
def ada(fast_passwords):
    return member(WorkspaceFactory(slug="acme"))


@pytest.fixture
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def codes():
    """Return the newest code that each address received."""
    found = {}
    for letter in mail.outbox:
        if code := re.search(r"^([2-9B-Z]{8})$", str(letter.body), re.MULTILINE):
            found[letter.to[0]] = code[1]
    return found


def request_change(person, email=NEW):
    return person.client.post(REQUEST, {"email": email})


def confirm(person, **sent):
    return person.client.post(CONFIRM, sent)


def emails(user):
    user.refresh_from_db()
    return user.email, list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary"))


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old"), ("both",)])
def test_address_changes_with_the_second_code_in_any_order(ada, order):
    old, token = ada.user.email, AccessTokenFactory(workspace=ada.workspace, creator=ada.user)
    token_id = token.token_id
    request_change(ada, " Ada@New.example ")
    by_side = {"old_code": codes()[old], "new_code": codes()[NEW].lower()}
    for side in order:
        assert ada.user.email == old
        confirm(ada, **(by_side if side == "both" else {f"{side}_code": by_side[f"{side}_code"]}))
        ada.user.refresh_from_db()
    assert emails(ada.user) == (NEW, [(NEW, True, True)])
    token.refresh_from_db()
    assert token.token_id == token_id
    assert not EmailChange.objects.exists()
    notification = mail.outbox[-1]
    assert (notification.to, NEW in str(notification.body)) == ([old], True)
    stranger = Client()
    assert stranger.post(reverse("account_login"), {"login": NEW, "password": PASSWORD}).status_code == 302


def test_each_workspace_of_the_user_has_an_event(ada):
    old, other = ada.user.email, WorkspaceFactory(slug="globex")
    MembershipFactory(workspace=other, user=ada.user)
    MembershipFactory(workspace=WorkspaceFactory(slug="elsewhere"))
    request_change(ada)
    confirm(ada, old_code=codes()[old], new_code=codes()[NEW])
    events = Event.objects.filter(event_type="member.email_changed").values_list(
        "workspace_slug", "actor_name", "changes"
    )
    assert sorted(events) == [(slug, old, {"email": [old, NEW]}) for slug in ("acme", "globex")]


def test_one_code_changes_nothing_and_the_page_shows_what_is_missing(ada):
    old = ada.user.email
    request_change(ada)
    confirm(ada, new_code=codes()[NEW])
    assert emails(ada.user)[0] == old
    text = ada.client.get(PROFILE).text
    assert "Confirmed</span> ada@new.example" in text
    assert f"Code sent to {old}" in text


def test_wrong_codes_are_reported_and_the_fifth_cancels_the_change(ada):
    request_change(ada)
    right = codes()
    answer = confirm(ada, old_code=right[NEW])
    assert answer.status_code == 422
    assert "This code is wrong" in answer.text
    for _ in range(4):
        confirm(ada, old_code="WRONG234")
    answer = ada.client.post(CONFIRM, {"old_code": right[ada.user.email], "new_code": right[NEW]}, follow=True)
    assert "These codes have expired" in answer.text
    assert emails(ada.user)[0] != NEW


def test_codes_expire_after_an_hour_and_with_a_new_request(ada):
    old = ada.user.email
    request_change(ada)
    before = codes()
    request_change(ada, "ada@other.example")
    assert confirm(ada, old_code=before[old], new_code=before[NEW]).status_code == 422
    now = codes()
    with time_machine.travel(EmailChange.objects.get().expires_at, tick=False):
        answer = ada.client.post(CONFIRM, {"old_code": now[old], "new_code": now["ada@other.example"]}, follow=True)
        assert "These codes have expired" in answer.text
        assert email_change.purge_expired_changes() in {0, 1}
    assert emails(ada.user)[0] == old


def test_codes_of_a_cancelled_change_are_rejected(ada):
    request_change(ada)
    right = codes()
    ada.client.post(CANCEL)
    answer = ada.client.post(CONFIRM, {"old_code": right[ada.user.email], "new_code": right[NEW]}, follow=True)
    assert "These codes have expired" in answer.text


def test_a_change_by_an_operator_cancels_the_pending_one(ada):
    request_change(ada)
    entered = {"old_code": codes()[ada.user.email], "new_code": codes()[NEW]}
    users.change_email(ada.user, "ada@safe.example", by=Actor.command("tests"))
    assert "These codes have expired" in ada.client.post(CONFIRM, entered, follow=True).text
    assert emails(ada.user)[0] == "ada@safe.example"


def test_codes_do_not_work_for_another_user(ada):
    request_change(ada)
    bob = member(ada.workspace)
    answer = bob.client.post(CONFIRM, {"old_code": codes()[ada.user.email], "new_code": codes()[NEW]}, follow=True)
    assert "These codes have expired" in answer.text
    assert emails(ada.user)[0] != NEW


def test_only_the_owner_learns_that_an_address_is_taken(ada):
    UserFactory(email=NEW)
    free, taken = request_change(ada, "free@new.example"), request_change(ada, NEW)
    assert (free.status_code, free.url) == (taken.status_code, taken.url)
    assert "already belongs to your account" in str(mail.outbox[-1].body)
    assert NEW not in codes()


def test_an_address_that_was_taken_in_the_meantime_is_reported(ada):
    request_change(ada)
    UserFactory(email=NEW)
    entered = {"old_code": codes()[ada.user.email], "new_code": codes()[NEW]}
    assert "Another account already uses ada@new.example." in ada.client.post(CONFIRM, entered, follow=True).text
    assert emails(ada.user)[0] != NEW
    assert not Event.objects.filter(event_type="member.email_changed").exists()


def test_it_requires_recent_reauthentication_and_then_continues(ada):
    ada.client = sign_in(ada.user, minutes_ago=16)
    answer = request_change(ada)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not EmailChange.objects.exists()
    ada.client.post(answer.url, {"password": PASSWORD, "next": REQUEST})
    assert EmailChange.objects.get().email == NEW


@pytest.mark.parametrize("email", ["", "no e-mail", "a@b", f"{'a' * 250}@new.example"])
def test_an_invalid_address_comes_back_with_an_error(ada, email):
    answer = request_change(ada, email)
    assert answer.status_code == 422
    assert 'class="err"' in answer.text
    assert mail.outbox == []


def test_the_current_address_is_rejected(ada):
    assert "This already is your e-mail address" in request_change(ada, ada.user.email.upper()).text


def test_requests_are_rate_limited(ada):
    answers = [request_change(ada, f"ada{number}@new.example") for number in range(11)]
    assert "You requested this ten times" in answers[-1].text
    assert len(mail.outbox) == 20


def test_codes_are_not_stored(ada):
    request_change(ada)
    stored = str(EmailChange.objects.values().get()) + str(dict(ada.client.session))
    assert not any(code in stored for code in codes().values())


def test_a_name_is_changed_and_an_empty_one_is_rejected(ada):
    ada.client.post(PROFILE, {"name": " Ada L. "})
    ada.user.refresh_from_db()
    assert ada.user.name == "Ada L."
    assert ada.client.post(PROFILE, {"name": " "}).status_code == 422
