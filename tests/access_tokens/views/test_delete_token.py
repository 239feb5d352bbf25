import pytest

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, page_text, toasts
from tests.factories import AccessTokenFactory

pytestmark = pytest.mark.same_on_each_database


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_dialog_is_a_page_and_a_partial_for_htmx(owner, token, headers):
    response = owner.get("delete", token, headers=headers)
    assert "Delete this token?" in response.text
    assert "Never used" in page_text(response)
    assert ("<html" in response.text) == (headers == {})
    assert AccessToken.objects.exists()


@pytest.mark.parametrize(
    ("data", "left", "message"),
    [
        ({}, 2, "CI runner was deleted."),
        ({"with_child_tokens": "1"}, 0, "CI runner was deleted, along with 2 child tokens."),
    ],
    ids=["token", "token and child tokens"],
)
def test_child_tokens_are_deleted_only_if_selected(owner, acme, token, data, left, message):
    AccessTokenFactory.create_batch(2, workspace=acme, parent=token)
    assert "Also delete 2 child tokens" in page_text(owner.get("delete", token))
    response = owner.post("delete", token, data)
    assert response.url == owner.url("list")
    assert toasts(response) == [message]
    assert AccessToken.objects.count() == left
