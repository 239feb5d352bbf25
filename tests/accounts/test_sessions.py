"""Where a person is signed in: what is told, and how it ends."""

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

from accounts.browsers import describe
from accounts.models import User
from accounts.sessions import forget_ended_sessions

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
    """Signs in as Ada, with this User-Agent."""

    def browser(agent=FIREFOX, address="192.0.2.1", password=PASSWORD):
        client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
        client.post(reverse("account_login"), {"login": ada.email, "password": password})
        return client

    return browser


def is_in(client):
    return client.get("/workspaces").status_code == 200


def session_of(client):
    return UserSession.objects.get(session_key=client.session.session_key)


def test_each_is_told_by_browser_and_address_and_this_one_is_marked(browser):
    desk, phone = browser(), browser(PHONE, "198.51.100.7")
    text = desk.get(SESSIONS).text
    assert "Firefox on Windows" in text
    assert "Safari on iPhone" in text
    assert "198.51.100.7" in text
    assert text.count("This session") == 1
    assert text.index("This session") < text.index("Safari on iPhone")
    assert is_in(phone)


def test_one_is_ended_at_once_and_the_others_stay(browser):
    desk, phone, tablet = browser(), browser(PHONE), browser()
    answer = desk.post(reverse("account_end_session", args=[session_of(phone).pk]), follow=True)
    assert "Signed out of Safari on iPhone" in answer.text
    assert (is_in(desk), is_in(phone), is_in(tablet)) == (True, False, True)


def test_all_others_are_ended_at_once(browser):
    desk, phone, tablet = browser(), browser(PHONE), browser()
    assert "2 other sessions are signed out" in desk.post(reverse("account_end_other_sessions"), follow=True).text
    assert (is_in(desk), is_in(phone), is_in(tablet)) == (True, False, False)
    assert "Sign out everywhere else" not in desk.get(SESSIONS).text


def test_this_one_ends_by_signing_out(browser):
    desk = browser()
    assert desk.post(reverse("account_end_session", args=[session_of(desk).pk])).url == reverse("account_logout")


def test_nobody_ends_anothers(browser, client):
    desk = browser()
    client.force_login(User.objects.create_user("bob@acme.example"))
    assert client.post(reverse("account_end_session", args=[session_of(desk).pk])).status_code == 404
    client.post(reverse("account_end_other_sessions"))
    assert is_in(desk)
    assert "192.0.2.1" not in client.get(SESSIONS).text


def test_those_that_are_over_are_not_told(browser):
    desk, phone, old = browser(), browser(PHONE), browser("curl/8")
    phone.post(reverse("account_logout"))
    Session.objects.filter(session_key=old.session.session_key).update(expire_date=timezone.now())
    text = desk.get(SESSIONS).text
    assert "iPhone" not in text
    assert "curl" not in text


def test_a_new_password_leaves_this_session_alone(browser, ada):
    desk, phone = browser(), browser(PHONE)
    new = {"oldpassword": PASSWORD, "password1": "eight iron locks", "password2": "eight iron locks"}
    desk.post(reverse("account_change_password"), new)
    assert (is_in(desk), is_in(phone)) == (True, False)
    assert "iPhone" not in desk.get(SESSIONS).text


def test_the_last_use_is_kept_to_within_five_minutes_for_no_query_between(browser):
    desk = browser()
    is_in(desk)
    with CaptureQueriesContext(connection) as queries:
        is_in(desk)
    assert not any(query["sql"].startswith(("UPDATE", "INSERT")) for query in queries)
    seen = session_of(desk).last_seen_at
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        desk.get("/workspaces", REMOTE_ADDR="203.0.113.9")
        assert session_of(desk).last_seen_at - seen >= timedelta(minutes=5)
        assert session_of(desk).ip == "203.0.113.9"


def test_a_client_behind_a_socket_has_no_address_and_gets_in(browser):
    desk = browser(address="")
    assert is_in(desk)
    assert "0.0.0.0" not in desk.get(SESSIONS).text


@pytest.mark.parametrize("number", [2, 12])
def test_it_costs_the_same_for_few_and_for_many(browser, number):
    desk = browser()
    for _ in range(number):
        browser(PHONE)
    desk.get(SESSIONS)
    with CaptureQueriesContext(connection) as queries:
        desk.get(SESSIONS)
    assert len(queries) == 6


def test_what_is_known_of_ended_sessions_is_forgotten_daily(browser):
    browser(), browser(PHONE).post(reverse("account_logout"))
    assert forget_ended_sessions() == 1
    assert UserSession.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/143.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18 Safari/605.1.15",
            "Safari on macOS",
        ),
        ("curl/8.16.0", "curl"),
        ("", "Unknown browser"),
        ("<script>alert(1)</script>", "Unknown browser"),
    ],
)
def test_a_browser_is_named_in_plain_words(agent, words):
    assert describe(agent).removesuffix("/8.16.0") == words
