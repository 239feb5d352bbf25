"""Active sessions of a user."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.sessions import purge_ended_sessions

PASSWORD = "seven brass keys"
SESSIONS = reverse("account_sessions")
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@pytest.fixture
def ada(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("ada@acme.example", PASSWORD)


@pytest.fixture
def browser(ada):
    """Sign in as Ada with this User-Agent."""

    def browser(agent=FIREFOX, address="192.0.2.1", password=PASSWORD):
        client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
        client.post(reverse("account_login"), {"login": ada.email, "password": password})
        return client

    return browser


def is_signed_in(client):
    return client.get("/workspaces").status_code == 200


def session_of(client):
    return UserSession.objects.get(session_key=client.session.session_key)


def test_sessions_are_listed_with_browser_and_ip_address(browser):
    desk, phone = browser(), browser(PHONE, "198.51.100.7")
    text = desk.get(SESSIONS).text
    assert "Firefox on Windows" in text
    assert "Safari on iPhone" in text
    assert "198.51.100.7" in text
    assert text.count("This session") == 1
    assert text.index("This session") < text.index("Safari on iPhone")
    assert is_signed_in(phone)


def test_one_session_is_ended_and_the_others_stay(browser):
    desk, phone, tablet = browser(), browser(PHONE), browser()
    answer = desk.post(reverse("account_end_session", args=[session_of(phone).pk]), follow=True)
    assert "Signed out of Safari on iPhone" in answer.text
    assert (is_signed_in(desk), is_signed_in(phone), is_signed_in(tablet)) == (True, False, True)


def test_all_other_sessions_are_ended(browser):
    desk, phone, tablet = browser(), browser(PHONE), browser()
    assert "2 other sessions were signed out" in desk.post(reverse("account_end_other_sessions"), follow=True).text
    assert (is_signed_in(desk), is_signed_in(phone), is_signed_in(tablet)) == (True, False, False)
    assert "Sign out of other sessions" not in desk.get(SESSIONS).text


def test_the_current_session_ends_on_the_sign_out_page(browser):
    desk = browser()
    assert desk.post(reverse("account_end_session", args=[session_of(desk).pk])).url == reverse("account_logout")


def test_sessions_of_other_users_can_not_be_ended(browser, client):
    desk = browser()
    client.force_login(User.objects.create_user("bob@acme.example"))
    assert client.post(reverse("account_end_session", args=[session_of(desk).pk])).status_code == 404
    client.post(reverse("account_end_other_sessions"))
    assert is_signed_in(desk)
    assert "192.0.2.1" not in client.get(SESSIONS).text


def test_ended_sessions_are_not_listed(browser):
    desk, phone, old = browser(), browser(PHONE), browser("curl/8")
    phone.post(reverse("account_logout"))
    Session.objects.filter(session_key=old.session.session_key).update(expire_date=timezone.now())
    text = desk.get(SESSIONS).text
    assert "iPhone" not in text
    assert "curl" not in text


def test_a_new_password_ends_all_other_sessions(browser, ada):
    desk, phone = browser(), browser(PHONE)
    new = {"oldpassword": PASSWORD, "password1": "eight iron locks", "password2": "eight iron locks"}
    desk.post(reverse("account_change_password"), new)
    assert (is_signed_in(desk), is_signed_in(phone)) == (True, False)
    assert "iPhone" not in desk.get(SESSIONS).text


def test_last_use_is_written_every_five_minutes(browser):
    desk = browser()
    is_signed_in(desk)
    with CaptureQueriesContext(connection) as queries:
        is_signed_in(desk)
    assert not any(query["sql"].startswith(("UPDATE", "INSERT")) for query in queries)
    seen = session_of(desk).last_seen_at
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        desk.get("/workspaces", REMOTE_ADDR="203.0.113.9")
        assert session_of(desk).last_seen_at - seen >= timedelta(minutes=5)
        assert session_of(desk).ip == "203.0.113.9"


def test_a_client_without_ip_address_can_sign_in(browser):
    desk = browser(address="")
    assert is_signed_in(desk)
    assert "0.0.0.0" not in desk.get(SESSIONS).text


@pytest.mark.parametrize("number", [2, 12])
def test_the_number_of_queries_does_not_depend_on_the_number_of_sessions(browser, number):
    desk = browser()
    for _ in range(number):
        browser(PHONE)
    desk.get(SESSIONS)
    with CaptureQueriesContext(connection) as queries:
        desk.get(SESSIONS)
    assert len(queries) == 6


def test_records_of_ended_sessions_are_purged(browser):
    browser(), browser(PHONE).post(reverse("account_logout"))
    assert purge_ended_sessions() == 1
    assert UserSession.objects.count() == 1
