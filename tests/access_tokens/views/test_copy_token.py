import pytest
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import PASSWORD
from tests.factories import make_token
from workspaces.models import Event

pytestmark = pytest.mark.same_on_each_database


def test_copy_shows_the_token(owner, issued):
    assert issued.plaintext in owner.post("copy", issued.row).text
    assert Event.objects.get().event_type == "token.copied"


@pytest.mark.parametrize("data", [{}, {"password": ""}, {"password": "wrong"}], ids=["none", "empty", "wrong"])
def test_token_is_not_copied_without_a_recent_password(as_member, issued, data):
    person = as_member(minutes_ago=16)
    response = person.post("copy", issued.row, data)
    assert response.status_code == (422 if data else 200)
    assert issued.secret not in response.text
    assert not Event.objects.exists()
    assert issued.plaintext in person.post("copy", issued.row, {"password": PASSWORD}).text
    assert issued.plaintext in person.post("copy", issued.row).text, "The password is valid for 15 minutes."


def test_password_attempts_are_limited(as_member, issued):
    person = as_member(minutes_ago=16)
    responses = [person.post("copy", issued.row, {"password": f"guess {number}"}).text for number in range(15)]
    assert "This password is wrong." in responses[0]
    assert "Too many failed attempts" in responses[-1]
    assert issued.plaintext not in person.post("copy", issued.row, {"password": PASSWORD}).text


def test_disabled_token_is_not_copied(owner, acme):
    disabled = make_token(acme, disabled_at=timezone.now())
    response = owner.post("copy", disabled.row)
    assert "Only active tokens can be copied." in response.text
    assert disabled.plaintext not in response.text


def test_token_without_an_encrypted_copy_is_not_copied(owner, token):
    AccessToken.objects.update(encrypted_copy=None, encryption_key_id="")
    response = owner.post("copy", token)
    assert response.status_code == 200
    assert "This token can't be copied" in response.text.replace("&#x27;", "'")


def test_encrypted_copy_of_another_token_is_not_shown(owner, acme):
    token, other = make_token(acme), make_token(acme)
    AccessToken.objects.filter(pk=token.row.pk).update(encrypted_copy=other.row.encrypted_copy)
    response = owner.post("copy", token.row)
    assert response.status_code == 200
    assert "This token can't be copied" in response.text.replace("&#x27;", "'")
    assert other.plaintext not in response.text
