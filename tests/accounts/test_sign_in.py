"""Sign-in, sign-out and passwords."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User

PASSWORD = "seven brass keys"
LOGIN = reverse("account_login")

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@pytest.fixture
def ada():
    return User.objects.create_user("ada@acme.example", PASSWORD, name="Ada Lovelace")


def sign_in(client, email="ada@acme.example", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def test_sign_in_leads_to_the_list_of_workspaces(client, ada):
    assert ada.password.startswith("argon2$argon2id$")
    response = sign_in(client)
    assert response.url == "/workspaces"
    assert client.get("/workspaces").status_code == 200


def test_the_root_url_redirects_to_the_workspaces(client, ada):
    assert client.get("/").url == f"{LOGIN}?next=/"
    assert sign_in(client, next="/").url == "/"
    assert client.get("/").url == "/workspaces"


def test_email_is_not_case_sensitive(client, ada):
    assert sign_in(client, "ADA@Acme.Example").status_code == 302


def test_sign_in_returns_to_the_requested_page(client, ada):
    assert sign_in(client, next="/workspace/acme/access-tokens?q=x").url == "/workspace/acme/access-tokens?q=x"


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_sign_in_does_not_redirect_to_another_site(client, ada, url):
    assert sign_in(client, next=url).url == "/workspaces"


def test_wrong_password_and_unknown_email_get_the_same_message(client, ada):
    wrong = sign_in(client, password="wrong")
    unknown = sign_in(client, email="nobody@acme.example")
    pattern = re.compile(r'role="alert">(.*?)<')
    assert pattern.findall(wrong.text) == pattern.findall(unknown.text) != []
    assert "_auth_user_id" not in client.session


def test_deactivated_users_can_not_sign_in(client, ada):
    User.objects.update(is_active=False)
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_wrong_passwords_are_rate_limited(client, ada):
    answers = [sign_in(client, password=f"guess {number}") for number in range(12)]
    assert "Too many failed attempts" in answers[-1].text
    assert "Too many failed attempts" in sign_in(client).text


def test_sign_out_requires_post(client, ada):
    sign_in(client)
    client.get(reverse("account_logout"))
    assert client.get("/workspaces").status_code == 200
    assert client.post(reverse("account_logout")).url == LOGIN
    assert client.get("/workspaces").status_code == 302


def test_sign_in_requires_a_csrf_token(ada):
    response = sign_in(Client(enforce_csrf_checks=True))
    assert response.status_code == 403
    assert "This page was open for too long" in response.text


def test_changing_the_password_ends_other_sessions(client, ada):
    other = Client()
    sign_in(client)
    sign_in(other)
    changed = {"oldpassword": PASSWORD, "password1": "eight iron locks", "password2": "eight iron locks"}
    assert client.post(reverse("account_change_password"), changed).status_code == 302
    assert client.get("/workspaces").status_code == 200
    assert other.get("/workspaces").status_code == 302
    assert sign_in(Client(), password="eight iron locks").status_code == 302


def test_a_reset_link_works_once(client, ada):
    assert client.post(reverse("account_reset_password"), {"email": "ada@acme.example"}).status_code == 302
    [letter] = mail.outbox
    assert letter.to == ["ada@acme.example"]
    [link] = re.findall(r"http://\S+(/accounts/password/reset/key/\S+)", str(letter.body))
    form = client.get(link, follow=True)
    assert "Choose a new password" in form.text
    chosen = {"password1": "eight iron locks", "password2": "eight iron locks"}
    assert client.post(form.redirect_chain[-1][0], chosen).status_code == 302
    assert sign_in(Client(), password="eight iron locks").status_code == 302
    assert "This link has expired" in Client().get(link, follow=True).text


def test_a_reset_does_not_reveal_who_has_an_account(client, ada):
    known = client.post(reverse("account_reset_password"), {"email": "ada@acme.example"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@acme.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert "lkey_" not in "".join(str(letter.body) for letter in mail.outbox)
