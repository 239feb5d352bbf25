"""Users in the Django admin."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User

PAGES = (
    "admin:index",
    "admin:accounts_user_changelist",
    "admin:accounts_user_add",
    "admin:workspaces_workspace_changelist",
    "admin:workspaces_workspace_add",
    "admin:workspaces_membership_changelist",
    "admin:workspaces_membership_add",
    "admin:workspaces_event_changelist",
    "admin:access_tokens_accesstoken_changelist",
)
PASSWORD = "gr33n-Umbrella-7"

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


@pytest.fixture
def operator():
    return User.objects.create_user("olga@ops.example", PASSWORD, name="Olga", is_staff=True)


@pytest.fixture
def person():
    return User.objects.create_user("ada@acme.example", PASSWORD, name="Ada Lovelace")


@pytest.fixture
def admin_page(client, operator):
    client.force_login(operator)
    return client


def change_url(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def listed(response):
    return [user.email for user in response.context["cl"].result_list]


@pytest.mark.parametrize("name", PAGES)
def test_anonymous_visitors_are_sent_to_the_sign_in_page(client, name):
    url = reverse(name)
    response = client.get(url)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/accounts/login?next={url}"


def test_the_admins_own_sign_in_page_redirects(client):
    response = client.post("/admin/login/?next=/admin/", {"username": "olga@ops.example", "password": PASSWORD})
    assert response.headers["Location"] == "/accounts/login?next=%2Fadmin%2F"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_people_who_are_not_operators_get_403(client, person, name, method):
    client.force_login(person)
    response = getattr(client, method)(reverse(name), follow=True)
    assert response.status_code == 403
    assert "You don&#x27;t have permission" in response.text


@pytest.mark.parametrize("name", PAGES)
def test_operators_need_no_further_permission(admin_page, name):
    assert admin_page.get(reverse(name)).status_code == 200


def test_a_deactivated_operator_loses_access_immediately(admin_page, operator):
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert admin_page.get("/admin/").headers["Location"].startswith("/accounts/login")


def test_models_that_are_not_used_are_hidden(admin_page):
    for name in ("Groups", "Email addresses"):
        assert name not in admin_page.get("/admin/").text


@pytest.mark.parametrize("query", ["ADA@", "lovelace"])
def test_users_are_found_by_email_and_name(admin_page, person, query):
    response = admin_page.get(reverse("admin:accounts_user_changelist"), {"q": query})
    assert listed(response) == [person.email]


def test_users_are_filtered_by_active_and_operator(admin_page, operator, person):
    User.objects.create_user("gone@acme.example", is_active=False)
    url = reverse("admin:accounts_user_changelist")
    assert listed(admin_page.get(url, {"is_active__exact": "0"})) == ["gone@acme.example"]
    assert listed(admin_page.get(url, {"is_staff__exact": "1"})) == [operator.email]


def add(client, **fields):
    data = {"email": "new@acme.example", "name": "New", "password1": "", "password2": "", **fields}
    return client.post(reverse("admin:accounts_user_add"), data)


def test_a_user_without_password_sets_one_with_a_reset_link(admin_page, client):
    assert add(admin_page, email=" New@Acme.example ").status_code == 302
    user = User.objects.get(email="new@acme.example")
    assert not user.has_usable_password()
    assert not user.is_staff
    client.logout()
    client.post(reverse("account_reset_password"), {"email": "new@acme.example"})
    assert [message.to for message in mail.outbox] == [["new@acme.example"]]


def test_an_empty_password_does_not_work(admin_page, client):
    add(admin_page)
    assert not User.objects.get(email="new@acme.example").check_password("")


def test_a_user_is_added_with_a_password(admin_page):
    add(admin_page, password1=PASSWORD, password2=PASSWORD)
    user = User.objects.get(email="new@acme.example")
    assert user.check_password(PASSWORD)
    assert user.password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"password1": "abc", "password2": "abc"}, "too short"),
        ({"password1": PASSWORD, "password2": PASSWORD + "!"}, "didn’t match"),
        ({"password1": PASSWORD}, "Enter the password in both fields, or leave both empty."),
        ({"password2": PASSWORD}, "Enter the password in both fields, or leave both empty."),
        ({"email": "ADA@acme.example"}, "Another user has this e-mail address."),
        ({"email": "no e-mail"}, "Enter a valid email address."),
    ],
)
def test_invalid_users_are_rejected(admin_page, person, fields, message):
    response = add(admin_page, **fields)
    assert response.status_code == 200
    assert message in response.text
    assert not User.objects.filter(email="new@acme.example").exists()


def test_a_user_is_edited(admin_page, person):
    data = {"email": "Ada.L@acme.example", "name": "Ada L.", "is_active": "on", "is_staff": "on"}
    assert admin_page.post(change_url(person), data).status_code == 302
    person.refresh_from_db()
    assert (person.email, person.name, person.is_staff) == ("ada.l@acme.example", "Ada L.", True)


def test_a_deactivated_user_loses_access_on_the_next_request(admin_page, person, their_browser):
    assert their_browser.get("/workspaces").status_code == 200
    admin_page.post(change_url(person), {"email": person.email, "name": person.name})
    response = their_browser.get("/workspaces")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login")


@pytest.fixture
def their_browser(person):
    from django.test import Client

    theirs = Client()
    theirs.force_login(person)
    return theirs


def test_a_new_password_ends_all_sessions(admin_page, person, their_browser):
    assert their_browser.get("/workspaces").status_code == 200
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    new = "an0ther-Umbrella-8"
    data = {"password1": new, "password2": new, "usable_password": "true", "set-password": "1"}
    assert admin_page.post(url, data).status_code == 302
    person.refresh_from_db()
    assert person.check_password(new)
    assert their_browser.get("/workspaces").status_code == 302


def test_operators_can_not_lock_themselves_out(admin_page, operator):
    admin_page.post(change_url(operator), {"email": operator.email, "name": "Olga O."})
    operator.refresh_from_db()
    assert (operator.name, operator.is_active, operator.is_staff) == ("Olga O.", True, True)


def test_users_can_not_be_deleted(admin_page, person):
    assert admin_page.post(reverse("admin:accounts_user_delete", args=[person.pk]), {"post": "yes"}).status_code == 403
    changelist = reverse("admin:accounts_user_changelist")
    admin_page.post(changelist, {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"})
    assert User.objects.filter(pk=person.pk).exists()
    assert "delete_selected" not in admin_page.get(changelist).text


def test_the_admin_log_contains_no_password(admin_page, person):
    add(admin_page, password1=PASSWORD, password2=PASSWORD)
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    admin_page.post(url, {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"})
    entries = [f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all()]
    assert len(entries) == 2
    hashes = [user.password for user in User.objects.exclude(password="")]
    assert not any(secret in entry for entry in entries for secret in (PASSWORD, *hashes))


def test_password_hashes_can_not_be_filtered(admin_page, person):
    url = reverse("admin:accounts_user_changelist")
    assert admin_page.get(url, {"password__startswith": "argon2"}).status_code == 400


def test_admin_pages_have_the_strict_csp(admin_page):
    response = admin_page.get(reverse("admin:accounts_user_changelist"))
    assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_a_changed_email_address_replaces_the_previous_one(admin_page, client, person):
    admin_page.post(change_url(person), {"email": "ada.l@acme.example", "name": person.name, "is_active": "on"})
    assert list(EmailAddress.objects.filter(user=person).values_list("email", "verified", "primary")) == [
        ("ada.l@acme.example", True, True)
    ]
    [notification] = mail.outbox
    assert (notification.to, "changed" in notification.subject) == (["ada@acme.example"], True)
    stranger = Client()
    stranger.post(reverse("account_reset_password"), {"email": "ada@acme.example"})
    assert len(mail.outbox) == 1
    stranger.post(reverse("account_login"), {"login": "ada@acme.example", "password": PASSWORD})
    assert "_auth_user_id" not in stranger.session
