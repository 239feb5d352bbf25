import pytest

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, PASSWORD, page_text, toasts
from tests.factories import make_token
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_dialog_is_a_page_and_a_partial_for_htmx(owner, token, headers):
    response = owner.get("rotate", token, headers=headers)
    assert "Rotate CI runner" in response.text
    assert ("<html" in response.text) == (headers == {})


@pytest.mark.parametrize(("overlap", "is_rotating"), [("now", False), ("1d", True)])
def test_rotation_shows_the_new_secret_and_when_the_previous_one_stops(owner, issued, overlap, is_rotating):
    response = owner.post("rotate", issued.row, {"overlap": overlap})
    assert "Your new secret" in response.text
    assert f"lkey_{issued.row.key_id}" in response.text
    assert issued.plaintext not in response.text
    assert ("The previous secret works until" in page_text(response)) == is_rotating
    assert AccessToken.objects.get().is_rotating == is_rotating


@pytest.mark.parametrize(
    ("overlap", "message"),
    [("", "Choose when the current secret stops working."), ("1y", "Choose a time from the list.")],
)
def test_invalid_overlap_shows_an_error(owner, token, overlap, message):
    response = owner.post("rotate", token, {"overlap": overlap})
    assert response.status_code == 422
    assert message in response.text
    assert not Event.objects.exists()


def test_token_is_not_rotated_without_a_recent_password(as_member, token):
    person = as_member(minutes_ago=16)
    assert person.post("rotate", token, {"overlap": "now", "password": "wrong"}).status_code == 422
    assert not Event.objects.exists()
    assert person.post("rotate", token, {"overlap": "now", "password": PASSWORD}).status_code == 200


def test_conflicting_rotation_is_shown_again_and_can_be_repeated(owner, token):
    AccessToken.objects.update(version=token.version + 1)
    rejected = owner.post("rotate", token, {"overlap": "7d", "version": token.version})
    assert rejected.status_code == 409
    assert "changed this token" in page_text(rejected)
    form = rejected.context["form"]
    assert form["overlap"].value() == "7d"
    again = owner.post("rotate", token, {"overlap": "7d", "version": form["version"].value()})
    assert "Your new secret" in again.text


def test_overlap_period_can_be_ended(owner, token):
    owner.post("rotate", token, {"overlap": "1d"})
    response = owner.post("end_rotation", token)
    assert response.url == owner.url("list")
    assert toasts(response)[-1] == "The previous secret of CI runner no longer works."
    assert not AccessToken.objects.get().is_rotating


def test_administrator_can_end_the_overlap_of_a_token_above_their_role(acme, owner, as_member):
    token = make_token(acme, Role.OWNER).row
    owner.post("rotate", token, {"overlap": "1d"})
    administrator = as_member(Role.ADMINISTRATOR)
    assert "Stop the previous secret" in administrator.get("list").text
    assert administrator.post("end_rotation", token).status_code == 302
    assert administrator.post("rotate", token, {"overlap": "now"}).status_code == 403
    assert not AccessToken.objects.get().is_rotating
