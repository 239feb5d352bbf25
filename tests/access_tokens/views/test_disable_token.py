import pytest
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.access_tokens.views.console_client import HTMX, page_text, toasts
from tests.factories import AccessTokenFactory, make_token
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

SEEN = "/workspace/acme/access-tokens?q=runner&sort=label"


@pytest.mark.parametrize("view", ["enable", "disable"])
def test_row_action_redirects_to_the_list_as_it_was_seen(owner, token, view):
    response = owner.post(view, token, from_page=SEEN)
    assert (response.status_code, response.url) == (302, SEEN)
    assert toasts(response) == [f"CI runner was {view}d."]


def test_row_action_with_a_foreign_referer_redirects_to_the_list(owner, token):
    response = owner.post("disable", token, headers={"Referer": "https://evil.example/workspace/acme/access"})
    assert response.url == "/workspace/acme/access-tokens"


def test_disabled_token_can_be_enabled_by_undo(owner, token):
    response = owner.post("disable", token, htmx=True)
    assert f'formaction="{owner.url("enable", token)}"' in response.text
    response = owner.post("enable", token, htmx=True)
    assert f'formaction="{owner.url("disable", token)}"' in response.text


def test_undo_is_not_offered_for_a_token_above_the_members_role(acme, as_member):
    token = make_token(acme, Role.OWNER).row
    response = as_member(Role.ADMINISTRATOR).post("disable", token, htmx=True)
    assert "was disabled." in response.text
    assert "Undo" not in response.text


def test_disabling_a_token_offers_to_disable_its_child_tokens(owner, acme, token):
    child = AccessTokenFactory(workspace=acme, parent=token, label="Child")
    response = owner.post("disable", token)
    assert response.url == owner.url("disable_child_tokens", token)
    dialog = owner.client.get(response.url)
    assert "CI runner is disabled, but 1 token created by it still works." in page_text(dialog)
    assert "Child" in dialog.text
    done = owner.post("disable_child_tokens", token)
    assert toasts(done)[-1] == "1 token created by CI runner disabled."
    child.refresh_from_db()
    assert child.is_disabled


def test_htmx_response_contains_the_row_and_the_child_token_dialog(owner, acme, token):
    AccessTokenFactory(workspace=acme, parent=token, label="Child")
    text = owner.post("disable", token, htmx=True).text
    assert f'hx-target="#token-{token.key_id}"' in text
    assert "Disable child tokens too?" in text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_child_token_dialog_is_a_page_and_a_partial_for_htmx(owner, acme, token, headers):
    AccessTokenFactory(workspace=acme, parent=token)
    AccessToken.objects.filter(pk=token.pk).update(disabled_at=timezone.now())
    response = owner.get("disable_child_tokens", token, headers=headers)
    assert '<dialog class="dlg' in response.text
    assert ("<html" in response.text) == (headers == {})


def test_child_token_dialog_without_child_tokens_redirects_to_the_list(owner, token):
    owner.post("disable", token)
    assert owner.get("disable_child_tokens", token).url == owner.url("list")
