"""Another e-mail: asked for with a recent proof, changed by the codes of both addresses."""

import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import email_change
from accounts.models import EmailChange
from tests.access_tokens.views.people import PASSWORD, member, sign_in
from tests.factories import AccessTokenFactory, MembershipFactory, UserFactory, WorkspaceFactory
from workspaces.actors import Actor
from workspaces.models import Event
from workspaces.operations import people

NEW = "ada@new.example"
PROFILE = reverse("account_profile")
ASK, CONFIRM, WITHDRAW = (reverse(f"workspaces:{name}_email") for name in ("change", "confirm", "withdraw"))

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@pytest.fixture
def ada(fast_passwords):
    return member(WorkspaceFactory(slug="acme"))


@pytest.fixture
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def codes():
    """The newest code that each address got."""
    found = {}
    for letter in mail.outbox:
        if code := re.search(r"^([2-9B-Z]{8})$", str(letter.body), re.MULTILINE):
            found[letter.to[0]] = code[1]
    return found


def ask(person, email=NEW):
    return person.client.post(ASK, {"email": email})


def confirm(person, **given):
    return person.client.post(CONFIRM, given)


def emails(user):
    user.refresh_from_db()
    return user.email, list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary"))


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old"), ("both",)])
def test_it_takes_effect_with_the_second_code_in_any_order(ada, order):
    old, token = ada.user.email, AccessTokenFactory(workspace=ada.workspace, creator=ada.user)
    token_id = token.token_id
    ask(ada, " Ada@New.example ")
    by_side = {"old_code": codes()[old], "new_code": codes()[NEW].lower()}
    for side in order:
        assert ada.user.email == old
        confirm(ada, **(by_side if side == "both" else {f"{side}_code": by_side[f"{side}_code"]}))
        ada.user.refresh_from_db()
    assert emails(ada.user) == (NEW, [(NEW, True, True)])
    token.refresh_from_db()
    assert token.token_id == token_id
    assert not EmailChange.objects.exists()
    told = mail.outbox[-1]
    assert (told.to, NEW in str(told.body)) == ([old], True)
    stranger = Client()
    assert stranger.post(reverse("account_login"), {"login": NEW, "password": PASSWORD}).status_code == 302


def test_each_of_their_workspaces_has_an_event_of_it(ada):
    old, other = ada.user.email, WorkspaceFactory(slug="globex")
    MembershipFactory(workspace=other, user=ada.user)
    MembershipFactory(workspace=WorkspaceFactory(slug="elsewhere"))
    ask(ada)
    confirm(ada, old_code=codes()[old], new_code=codes()[NEW])
    events = Event.objects.filter(event_type="member.email_changed").values_list(
        "workspace_slug", "actor_name", "changes"
    )
    assert sorted(events) == [(slug, old, {"email": [old, NEW]}) for slug in ("acme", "globex")]


def test_one_code_alone_changes_nothing_and_the_page_tells_what_is_missing(ada):
    old = ada.user.email
    ask(ada)
    confirm(ada, new_code=codes()[NEW])
    assert emails(ada.user)[0] == old
    text = ada.client.get(PROFILE).text
    assert "Confirmed</span> ada@new.example" in text
    assert f"Code that {old} got" in text


def test_a_wrong_code_is_said_beside_its_field_and_the_fifth_ends_it(ada):
    ask(ada)
    right = codes()
    answer = confirm(ada, old_code=right[NEW])
    assert answer.status_code == 422
    assert "This is not the code of that e-mail" in answer.text
    for _ in range(4):
        confirm(ada, old_code="WRONG234")
    answer = ada.client.post(CONFIRM, {"old_code": right[ada.user.email], "new_code": right[NEW]}, follow=True)
    assert "These codes no longer hold" in answer.text
    assert emails(ada.user)[0] != NEW


def test_codes_hold_for_an_hour_and_for_the_last_wish_alone(ada):
    old = ada.user.email
    ask(ada)
    before = codes()
    ask(ada, "ada@other.example")
    assert confirm(ada, old_code=before[old], new_code=before[NEW]).status_code == 422
    now = codes()
    with time_machine.travel(EmailChange.objects.get().ends_at, tick=False):
        answer = ada.client.post(CONFIRM, {"old_code": now[old], "new_code": now["ada@other.example"]}, follow=True)
        assert "These codes no longer hold" in answer.text
        assert email_change.forget_old_wishes() in {0, 1}
    assert emails(ada.user)[0] == old


def test_a_wish_that_was_withdrawn_is_over(ada):
    ask(ada)
    right = codes()
    ada.client.post(WITHDRAW)
    answer = ada.client.post(CONFIRM, {"old_code": right[ada.user.email], "new_code": right[NEW]}, follow=True)
    assert "These codes no longer hold" in answer.text


def test_a_wish_is_over_when_an_operator_changes_the_email(ada):
    ask(ada)
    given = {"old_code": codes()[ada.user.email], "new_code": codes()[NEW]}
    people.change_email(ada.user, "ada@safe.example", by=Actor.command("tests"))
    assert "These codes no longer hold" in ada.client.post(CONFIRM, given, follow=True).text
    assert emails(ada.user)[0] == "ada@safe.example"


def test_codes_work_for_nobody_else(ada):
    ask(ada)
    bob = member(ada.workspace)
    answer = bob.client.post(CONFIRM, {"old_code": codes()[ada.user.email], "new_code": codes()[NEW]}, follow=True)
    assert "These codes no longer hold" in answer.text
    assert emails(ada.user)[0] != NEW


def test_that_an_address_is_taken_is_told_to_its_owner_alone(ada):
    UserFactory(email=NEW)
    free, taken = ask(ada, "free@new.example"), ask(ada, NEW)
    assert (free.status_code, free.url) == (taken.status_code, taken.url)
    assert "has an account already" in str(mail.outbox[-1].body)
    assert NEW not in codes()


def test_an_address_that_is_taken_meanwhile_is_said_and_nothing_changes(ada):
    ask(ada)
    UserFactory(email=NEW)
    given = {"old_code": codes()[ada.user.email], "new_code": codes()[NEW]}
    assert "Another account has ada@new.example by now" in ada.client.post(CONFIRM, given, follow=True).text
    assert emails(ada.user)[0] != NEW
    assert not Event.objects.filter(event_type="member.email_changed").exists()


def test_it_needs_a_recent_proof_and_then_goes_on_with_what_was_asked(ada):
    ada.client = sign_in(ada.user, minutes_ago=16)
    answer = ask(ada)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not EmailChange.objects.exists()
    ada.client.post(answer.url, {"password": PASSWORD, "next": ASK})
    assert EmailChange.objects.get().email == NEW


@pytest.mark.parametrize("email", ["", "no e-mail", "a@b", f"{'a' * 250}@new.example"])
def test_what_is_no_email_comes_back(ada, email):
    answer = ask(ada, email)
    assert answer.status_code == 422
    assert 'class="err"' in answer.text
    assert mail.outbox == []


def test_the_present_email_is_no_change(ada):
    assert "This is your e-mail already" in ask(ada, ada.user.email.upper()).text


def test_nobody_floods_an_address_with_codes(ada):
    answers = [ask(ada, f"ada{number}@new.example") for number in range(11)]
    assert "You asked for this ten times" in answers[-1].text
    assert len(mail.outbox) == 20


def test_no_code_is_kept_in_the_database(ada):
    ask(ada)
    kept = str(EmailChange.objects.values().get()) + str(dict(ada.client.session))
    assert not any(code in kept for code in codes().values())


def test_a_name_is_changed_and_an_empty_one_comes_back(ada):
    ada.client.post(PROFILE, {"name": " Ada L. "})
    ada.user.refresh_from_db()
    assert ada.user.name == "Ada L."
    assert ada.client.post(PROFILE, {"name": " "}).status_code == 422
