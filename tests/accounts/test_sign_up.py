"""Sign-up, where the operator allows it: by a code that is mailed to the address."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import User

PASSWORD = "seven brass keys"
SIGN_UP, CONFIRM, LOGIN = "/accounts/signup", "/accounts/confirm-email", "/accounts/login"
ADA = {"name": "Ada Lovelace", "email": "ada@acme.example", "password1": PASSWORD}

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@pytest.fixture
def is_open(settings):
    settings.ALLOW_SIGN_UP = True


def code():
    [letter] = mail.outbox[-1:]
    [found] = re.findall(r"^([A-Z0-9-]{6,9})$", str(letter.body), re.MULTILINE)
    return found


def a_while_later():
    """The counts of rate limits are over."""
    cache.clear()


def test_it_is_closed_at_first(client):
    assert client.get(SIGN_UP).status_code == client.post(SIGN_UP, ADA).status_code == 404
    assert not User.objects.exists()
    assert "Create an account" not in client.get(LOGIN).text


def test_where_it_is_open_the_sign_in_page_leads_there(client, is_open):
    assert 'href="/accounts/signup?next=' in client.get(f"{LOGIN}?next=/workspace/acme").text
    assert "Create an account" in client.get(SIGN_UP).text


def test_an_account_is_made_and_in_once_the_code_is_typed(client, is_open):
    assert client.post(SIGN_UP, ADA).headers["Location"] == CONFIRM
    user = User.objects.get()
    assert (user.name, user.email) == ("Ada Lovelace", "ada@acme.example")
    assert not user.is_staff
    assert client.get("/workspaces").status_code == 302
    [letter] = mail.outbox
    assert letter.to == ["ada@acme.example"]
    assert code() in str(letter.subject)
    assert "ada@acme.example" in client.get(CONFIRM).text
    assert client.post(CONFIRM, {"code": code()}).headers["Location"] == "/workspaces"
    assert "You belong to no workspace yet" in client.get("/workspaces").text
    assert EmailAddress.objects.get().verified


def test_without_the_code_nobody_gets_in_by_the_password_either(is_open):
    Client().post(SIGN_UP, ADA)
    a_while_later()
    other = Client()
    assert other.post(LOGIN, {"login": ADA["email"], "password": PASSWORD}).headers["Location"] == CONFIRM
    assert other.get("/workspaces").status_code == 302
    assert other.post(CONFIRM, {"code": code()}).headers["Location"] == "/workspaces"


def test_a_wrong_code_is_refused_and_three_end_it(client, is_open):
    client.post(SIGN_UP, ADA)
    for _ in range(2):
        response = client.post(CONFIRM, {"code": "WRONG1"})
        assert response.status_code == 200
        assert 'class="err"' in response.text
    assert client.post(CONFIRM, {"code": "WRONG1"}).headers["Location"] == LOGIN
    assert client.post(CONFIRM, {"code": code()}).headers["Location"] == LOGIN
    assert client.get("/workspaces").status_code == 302


def test_a_new_code_is_sent_on_request(client, is_open):
    client.post(SIGN_UP, ADA)
    first = code()
    assert client.post(CONFIRM, {"action": "resend"}).status_code == 429
    a_while_later()
    assert client.post(CONFIRM, {"action": "resend"}).headers["Location"] == CONFIRM
    assert len(mail.outbox) == 2
    assert code() != first
    assert client.post(CONFIRM, {"code": code()}).headers["Location"] == "/workspaces"


def test_an_address_that_has_an_account_is_told_by_mail_alone(client, is_open):
    User.objects.create_user("ada@acme.example", PASSWORD, name="Ada")
    stranger, other = (
        client.post(SIGN_UP, {**ADA, "name": "Eve"}),
        Client().post(SIGN_UP, {**ADA, "email": "new@acme.example"}),
    )
    assert (stranger.status_code, stranger.headers["Location"]) == (other.status_code, other.headers["Location"])
    told = mail.outbox[0]
    assert told.subject == "[Latchkey] You have an account already"
    assert "/accounts/password/reset" in str(told.body)
    assert client.get(CONFIRM).status_code == 200
    assert client.post(CONFIRM, {"code": "WRONG1"}).status_code == 200
    assert User.objects.get(email="ada@acme.example").name == "Ada"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "required"),
        ({"email": "nonsense"}, "valid email"),
        ({"password1": "short"}, "too short"),
        ({"password1": "ada@acme.example"}, "similar"),
    ],
)
def test_what_can_not_be_comes_back_with_what_was_typed(client, is_open, change, said):
    response = client.post(SIGN_UP, {**ADA, **change})
    assert response.status_code == 200
    assert said in response.text
    assert "Lovelace" in response.text or "name" in change
    assert not User.objects.exists()


def test_more_than_a_few_tries_get_a_page_that_says_so(client, is_open):
    answers = [client.post(SIGN_UP, {**ADA, "name": ""}) for _ in range(21)]
    assert answers[-1].status_code == 429
    assert "Too many tries" in answers[-1].text
    assert 'class="card empty"' in answers[-1].text


def test_who_is_signed_in_needs_neither_page(client, is_open):
    client.force_login(User.objects.create_user("ada@acme.example"))
    assert client.get(SIGN_UP).headers["Location"] == "/workspaces"
    assert client.get(CONFIRM).headers["Location"] == "/workspaces"


def test_without_a_code_under_way_there_is_nothing_to_confirm(client):
    assert client.get(CONFIRM).headers["Location"] == LOGIN


def test_whom_an_operator_adds_signs_in_without_a_code(client):
    User.objects.create_user("ada@acme.example", PASSWORD)
    assert client.post(LOGIN, {"login": "ada@acme.example", "password": PASSWORD}).headers["Location"] == "/workspaces"
    assert not mail.outbox
