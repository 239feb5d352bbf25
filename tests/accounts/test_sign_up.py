"""Sign-up with a code sent by e-mail."""

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


def reset_rate_limits():
    """Reset the rate limits, as if time had passed."""
    cache.clear()


def test_sign_up_is_closed_by_default(client):
    assert client.get(SIGN_UP).status_code == client.post(SIGN_UP, ADA).status_code == 404
    assert not User.objects.exists()
    assert "Create an account" not in client.get(LOGIN).text


def test_the_sign_in_page_links_to_sign_up(client, is_open):
    assert 'href="/accounts/signup?next=' in client.get(f"{LOGIN}?next=/workspace/acme").text
    assert "Create an account" in client.get(SIGN_UP).text


def test_the_code_confirms_the_account_and_signs_in(client, is_open):
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
    assert "You are not a member of any workspace" in client.get("/workspaces").text
    assert EmailAddress.objects.get().verified


def test_the_password_does_not_work_before_the_code_is_entered(is_open):
    Client().post(SIGN_UP, ADA)
    reset_rate_limits()
    other = Client()
    assert other.post(LOGIN, {"login": ADA["email"], "password": PASSWORD}).headers["Location"] == CONFIRM
    assert other.get("/workspaces").status_code == 302
    assert other.post(CONFIRM, {"code": code()}).headers["Location"] == "/workspaces"


def test_three_wrong_codes_cancel_the_sign_up(client, is_open):
    client.post(SIGN_UP, ADA)
    for _ in range(2):
        response = client.post(CONFIRM, {"code": "WRONG1"})
        assert response.status_code == 200
        assert 'class="err"' in response.text
    assert client.post(CONFIRM, {"code": "WRONG1"}).headers["Location"] == LOGIN
    assert client.post(CONFIRM, {"code": code()}).headers["Location"] == LOGIN
    assert client.get("/workspaces").status_code == 302


def test_a_new_code_can_be_requested(client, is_open):
    client.post(SIGN_UP, ADA)
    first = code()
    assert client.post(CONFIRM, {"action": "resend"}).status_code == 429
    reset_rate_limits()
    assert client.post(CONFIRM, {"action": "resend"}).headers["Location"] == CONFIRM
    assert len(mail.outbox) == 2
    assert code() != first
    assert client.post(CONFIRM, {"code": code()}).headers["Location"] == "/workspaces"


def test_an_existing_account_is_revealed_only_by_email(client, is_open):
    User.objects.create_user("ada@acme.example", PASSWORD, name="Ada")
    stranger, other = (
        client.post(SIGN_UP, {**ADA, "name": "Eve"}),
        Client().post(SIGN_UP, {**ADA, "email": "new@acme.example"}),
    )
    assert (stranger.status_code, stranger.headers["Location"]) == (other.status_code, other.headers["Location"])
    email = mail.outbox[0]
    assert email.subject == "[Latchkey] You already have an account"
    assert "/accounts/password/reset" in str(email.body)
    assert client.get(CONFIRM).status_code == 200
    assert client.post(CONFIRM, {"code": "WRONG1"}).status_code == 200
    assert User.objects.get(email="ada@acme.example").name == "Ada"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "required"),
        ({"email": "nonsense"}, "valid email"),
        ({"password1": "short"}, "too short"),
        ({"password1": "ada@acme.example"}, "similar"),
    ],
)
def test_invalid_forms_come_back_with_the_input(client, is_open, change, message):
    response = client.post(SIGN_UP, {**ADA, **change})
    assert response.status_code == 200
    assert message in response.text
    assert "Lovelace" in response.text or "name" in change
    assert not User.objects.exists()


def test_sign_up_is_rate_limited(client, is_open):
    answers = [client.post(SIGN_UP, {**ADA, "name": ""}) for _ in range(21)]
    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].text
    assert 'class="card empty"' in answers[-1].text


def test_signed_in_users_are_redirected(client, is_open):
    client.force_login(User.objects.create_user("ada@acme.example"))
    assert client.get(SIGN_UP).headers["Location"] == "/workspaces"
    assert client.get(CONFIRM).headers["Location"] == "/workspaces"


def test_the_confirmation_page_requires_a_pending_sign_up(client):
    assert client.get(CONFIRM).headers["Location"] == LOGIN


def test_users_added_by_an_operator_need_no_code(client):
    User.objects.create_user("ada@acme.example", PASSWORD)
    assert client.post(LOGIN, {"login": "ada@acme.example", "password": PASSWORD}).headers["Location"] == "/workspaces"
    assert not mail.outbox
