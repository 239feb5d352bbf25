"""Authenticator apps and recovery codes. tests/browser/test_account.py tests passkeys."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.access_tokens.views.console_client import sign_in

PASSWORD = "seven brass keys"
LOGIN, SECOND, INDEX = (reverse(name) for name in ("account_login", "mfa_authenticate", "mfa_index"))
ADD, REMOVE, CODES = (reverse(f"mfa_{name}") for name in ("activate_totp", "deactivate_totp", "view_recovery_codes"))

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@pytest.fixture
def ada(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("ada@acme.example", PASSWORD)


class App:
    """An authenticator app that read the key from the page."""

    def __init__(self, page):
        from base64 import b32decode

        key = re.search(r'id="totp-key">([A-Z2-7]+)<', page.text)
        assert key
        self.key = key[1]
        self.totp = TOTP(b32decode(self.key), 6, SHA1(), 30)

    @property
    def code(self):
        cache.clear()  # so that the next test can use a code of the same 30 seconds
        return self.totp.generate(int(time.time())).decode()


def set_up(browser):
    app = App(browser.get(ADD))
    assert browser.post(ADD, {"code": app.code}).url == CODES
    return app


def submit_password(client, email="ada@acme.example", **more):
    return client.post(LOGIN, {"login": email, "password": PASSWORD, **more})


def is_signed_in(client):
    return client.get("/workspaces").status_code == 200


@pytest.fixture
def browser(ada):
    return sign_in(ada)


@pytest.fixture
def app(browser):
    return set_up(browser)


def test_sign_in_asks_for_a_code_after_the_password(ada, app):
    stranger = Client()
    assert submit_password(stranger, next="/workspaces?q=x").url == SECOND
    assert not is_signed_in(stranger)
    assert "This code or passkey was not accepted" in stranger.post(SECOND, {"code": "000000"}).text
    assert not is_signed_in(stranger)
    assert stranger.post(SECOND, {"code": app.code}).headers["Location"] == "/workspaces?q=x"
    assert is_signed_in(stranger)


def test_a_code_works_once(ada, app):
    code = app.code
    for expected in (True, False):
        stranger = Client()
        submit_password(stranger)
        stranger.post(SECOND, {"code": code})
        assert is_signed_in(stranger) == expected


def test_a_recovery_code_replaces_the_app_once(ada, browser, app):
    codes = re.findall(
        r"^(?:<pre[^>]*>)?\s*(\d{8})$", browser.get(CODES).text.replace('codes">', 'codes">\n'), re.MULTILINE
    )
    assert len(codes) == 10
    for expected in (True, False):
        stranger = Client()
        submit_password(stranger)
        stranger.post(SECOND, {"code": codes[3]})
        assert is_signed_in(stranger) == expected
    assert "You have 9 left" in browser.get(INDEX).text


def test_recovery_codes_are_shown_once_and_not_compressed(browser, app):
    headers = {"Accept-Encoding": "gzip"}
    first, second = browser.get(CODES, headers=headers), browser.get(CODES, headers=headers)
    assert "Content-Encoding" not in first.headers
    assert re.search(r"\d{8}", first.text)
    assert not re.search(r"\d{8}", second.text)
    assert "Your codes were shown when they were created" in second.text
    assert browser.post(reverse("mfa_generate_recovery_codes")).url == CODES
    assert re.search(r"\d{8}", browser.get(CODES).text)


def test_the_page_with_the_key_shows_a_qr_code_and_is_not_compressed(browser):
    page = browser.get(ADD, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in page.headers
    assert re.search(r'<svg[^>]* class="qr"', page.text)
    assert "data:image" not in page.text
    assert "style=" not in page.text


def test_secrets_are_encrypted_in_the_database(ada, app, settings):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert app.key not in stored
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 8, [settings.SECRET_KEY]
    stranger = Client()
    submit_password(stranger)
    stranger.post(SECOND, {"code": app.code})
    assert is_signed_in(stranger)


def test_without_the_secret_key_every_code_is_rejected(ada, app, settings):
    settings.SECRET_KEY = "another-" * 8
    stranger = Client()
    submit_password(stranger)
    counter = int(time.time()) // 30
    for code in (app.code, format_hotp_value(hotp_value("", counter))):
        answer = stranger.post(SECOND, {"code": code})
        assert answer.status_code == 200
    assert not is_signed_in(stranger)


def test_guesses_are_limited_across_ip_addresses(ada, app):
    for number in range(6):
        stranger = Client(REMOTE_ADDR=f"192.0.2.{number}")
        submit_password(stranger)
        answer = stranger.post(SECOND, {"code": "000000"})
    assert "Too many failed attempts" in answer.text


def test_the_admin_requires_the_second_factor(ada, app):
    User.objects.update(is_staff=True)
    stranger = Client()
    stranger.post("/admin/login/?next=/admin/", {"username": ada.email, "password": PASSWORD})
    assert stranger.get("/admin/").status_code == 302
    assert submit_password(stranger, next="/admin/").url == SECOND
    assert stranger.get("/admin/").status_code == 302


def test_a_password_reset_does_not_skip_the_second_factor(ada, app):
    stranger = Client()
    stranger.post(reverse("account_reset_password"), {"email": ada.email})
    link = re.findall(r"http://\S+(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))[0]
    form = stranger.get(link, follow=True).redirect_chain[-1][0]
    stranger.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    assert not is_signed_in(stranger)
    assert submit_password(stranger).url == SECOND


def test_a_user_deactivated_during_sign_in_is_rejected(ada, app):
    stranger = Client()
    submit_password(stranger)
    User.objects.update(is_active=False)
    stranger.post(SECOND, {"code": app.code})
    assert not is_signed_in(stranger)


def test_changes_require_reauthentication_and_a_code_is_enough(ada, app):
    late = sign_in(ada, minutes_ago=16)
    for url in (ADD, REMOVE, CODES, reverse("mfa_add_webauthn"), reverse("mfa_generate_recovery_codes")):
        if url != ADD:
            assert late.get(url).headers["Location"].startswith(reverse("account_reauthenticate"))
    page = late.get(reverse("account_reauthenticate"), {"next": REMOVE})
    assert "Enter a code" in page.text
    confirmed = late.post(reverse("mfa_reauthenticate"), {"code": app.code, "next": REMOVE})
    assert confirmed.headers["Location"] == REMOVE
    assert late.get(REMOVE).status_code == 200


def test_removing_the_app_deletes_the_recovery_codes(ada, browser, app):
    browser.post(REMOVE)
    assert not Authenticator.objects.exists()
    assert submit_password(Client()).url == "/workspaces"


@pytest.mark.django_db(transaction=True)
def test_each_change_is_notified_without_the_key(ada, browser, app):
    browser.post(reverse("mfa_generate_recovery_codes"))
    browser.post(REMOVE)
    assert [letter.subject.removeprefix("[Latchkey] ") for letter in mail.outbox] == [
        "An authenticator app was added",
        "New recovery codes were created",
        "The authenticator app was removed",
    ]
    assert not any(app.key in str(letter.body) for letter in mail.outbox)


def test_a_failed_notification_does_not_undo_the_change(ada, browser, monkeypatch):
    def fail(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", fail)
    set_up(browser)
    assert Authenticator.objects.filter(type="totp").exists()


@pytest.mark.parametrize(
    "credential", ["", "x", "[]", "5", '"x"', "{}", '{"response": 5}', '{"id": "x", "response": {}}']
)
def test_a_malformed_passkey_is_rejected(ada, credential):
    stranger = Client()
    stranger.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    assert stranger.post(reverse("mfa_login_webauthn"), {"credential": credential}).status_code == 302
    assert not is_signed_in(stranger)
    browser = sign_in(ada)
    for name in ("mfa_add_webauthn", "mfa_reauthenticate_webauthn"):
        assert browser.get(reverse(name)).status_code in {200, 302}
        assert browser.post(reverse(name), {"credential": credential}).status_code in {200, 302}
    assert not Authenticator.objects.exists()
