from datetime import timedelta

import pytest
from django.utils import timezone

from tests.access_tokens.views.console_client import HTMX, PASSWORD, page_text
from workspaces.models import Event, Workspace
from workspaces.models.workspace import RESTORE_PERIOD
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]


def delete(person, **data):
    return person.post("delete_workspace", data={"name": "Acme", **data})


def test_dialog_shows_what_will_be_lost_and_asks_for_the_name(owner, token):
    text = page_text(owner.get("delete_workspace"))
    assert "1 member of Acme will lose access immediately." in text
    assert "Requests with its 1 active token will be rejected." in text
    assert f"on the Workspaces page for {RESTORE_PERIOD.days} days." in text
    rejected = delete(owner, name="acme")
    assert rejected.status_code == 422
    assert rejected.context["form"].errors["name"]
    assert Workspace.objects.get().deleted_at is None


@pytest.mark.parametrize("data", [{}, {"password": "wrong"}], ids=["none", "wrong"])
def test_workspace_is_not_deleted_without_a_recent_password(as_member, data):
    owner = as_member(Role.OWNER, minutes_ago=16)
    rejected = delete(owner, **data)
    assert rejected.status_code == 422
    assert 'value="Acme"' in rejected.text, "The submitted name is kept."
    assert Workspace.objects.get().deleted_at is None
    assert delete(owner, password=PASSWORD).url == "/workspaces"
    assert Workspace.objects.get().deleted_at
    assert PASSWORD not in str(Event.objects.values())


def test_deleted_workspace_exists_only_for_owners_who_can_restore_it(owner, as_member, token):
    administrator = as_member(Role.ADMINISTRATOR)
    delete(owner)
    for view in ("list", "settings", "workspaces:members", "delete_workspace"):
        assert administrator.get(view).status_code == 404
        page = owner.get(view)
        assert page.status_code == 410
        assert f"{Workspace.objects.get().purge_at:%Y-%m-%d}" in page.text
        assert owner.get(view, headers=HTMX).status_code == 404
    assert owner.post("disable", token).status_code == 404
    assert "Acme" not in administrator.client.get("/workspaces").text
    assert administrator.post("workspaces:restore").status_code == 404


def test_deleted_workspace_is_listed_and_restored_by_an_owner(owner, as_member):
    delete(owner)
    page = owner.client.get("/workspaces")
    assert f"Acme can be restored until {Workspace.objects.get().purge_at:%Y-%m-%d %H:%M} UTC" in page_text(page)
    assert 'href="/workspace/acme"' not in page.text
    assert owner.post("workspaces:restore").url == "/workspace/acme"
    assert as_member(Role.VIEWER).get("list").status_code == 200
    assert owner.post("workspaces:restore").status_code == 302, "Restoring is idempotent."


def test_deleted_workspace_can_not_be_restored_after_a_week(owner):
    Workspace.objects.update(deleted_at=timezone.now() - timedelta(days=7))
    assert owner.get("list").status_code == 404
    assert owner.post("workspaces:restore").status_code == 404
    assert "Acme" not in owner.client.get("/workspaces").text
    assert Workspace.objects.get().deleted_at
