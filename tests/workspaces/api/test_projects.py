import uuid

import pytest
from django.utils import timezone

from tests.factories import ProjectFactory, make_token
from workspaces.models import Event, Project
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/workspaces/acme/projects"


@pytest.fixture
def manager(acme):
    return make_token(acme, Role.WORKSPACE_MANAGER)


def test_a_project_is_created_read_renamed_and_deleted(api, manager):
    created = api.post(PROJECTS, manager, {"name": " Site "})
    assert created.status_code == 201
    project = created.json()
    assert (project["name"], project["archived_at"]) == ("Site", None)
    assert set(project) == {"id", "name", "created_at", "archived_at"}
    one = f"{PROJECTS}/{project['id']}"
    assert api.get(one, manager).json() == project
    assert api.get(PROJECTS, manager).json() == {"items": [project], "next": None}
    renamed = api.patch(one, manager, {"name": "Shop"})
    assert (renamed.status_code, renamed.json()) == (200, {**project, "name": "Shop"})
    deleted = api.delete(one, manager)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.get(one, manager).status_code == 404
    kinds = list(Event.objects.order_by("pk").values_list("event_type", "actor_type", "actor_name").distinct())
    by = ("token", manager.row.token_id)
    assert kinds == [("project.created", *by), ("project.renamed", *by), ("project.deleted", *by)]


def test_a_name_already_in_use_is_a_conflict(api, acme, manager):
    ProjectFactory(workspace=acme, name="Site")
    other = ProjectFactory(workspace=acme)
    for response in (
        api.post(PROJECTS, manager, {"name": "SITE"}),
        api.patch(f"{PROJECTS}/{other.pk}", manager, {"name": "site"}),
    ):
        assert response.status_code == 409
        assert response.headers["Content-Type"] == "application/problem+json"
        assert "is already called" in response.json()["detail"]


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "x" * 101, "\u202e", "x" * 1001])
def test_an_invalid_name_is_reported_with_its_pointer(api, manager, name):
    response = api.post(PROJECTS, manager, {"name": name})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/name"]
    assert not Project.objects.exists()


def test_a_project_is_archived_and_restored(api, acme, manager):
    one = f"{PROJECTS}/{ProjectFactory(workspace=acme, name='Site').pk}"
    archived = api.patch(one, manager, {"archived": True})
    assert archived.status_code == 200
    assert archived.json()["archived_at"].endswith("Z")
    assert api.patch(one, manager, {"archived": True, "name": "Site"}).json() == archived.json()
    assert api.get(one, manager).json() == archived.json()
    refused = api.patch(one, manager, {"name": "Shop"})
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "Site is archived. Restore it before you rename it.",
    )
    back = api.patch(one, manager, {"archived": False, "name": "Shop"})
    assert (back.json()["name"], back.json()["archived_at"]) == ("Shop", None)
    away = api.patch(one, manager, {"archived": True, "name": "Old shop"})
    assert (away.json()["name"], away.json()["archived_at"] is None) == ("Old shop", False)
    kinds = list(Event.objects.order_by("pk").values_list("event_type", flat=True))
    assert kinds == [
        *("project.archived", "project.unarchived", "project.renamed"),
        *("project.renamed", "project.archived"),
    ]


def test_an_empty_change_changes_nothing(api, acme, manager):
    one = f"{PROJECTS}/{ProjectFactory(workspace=acme, name='Site').pk}"
    assert api.patch(one, manager, {}).json() == api.get(one, manager).json()
    assert api.patch(one, make_token(acme), {}).status_code == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize("body", [{"archived": None}, {"archived": "yes"}, {"archived": 1}, {"name": None}, {"x": 1}])
def test_an_invalid_change_is_rejected(api, acme, manager, body):
    one = f"{PROJECTS}/{ProjectFactory(workspace=acme).pk}"
    assert api.patch(one, manager, body).status_code == 422
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Site", "Old"}),
        ("?archived=true", {"Old"}),
        ("?archived=false", {"Site"}),
    ],
)
def test_projects_are_filtered_by_archived(api, acme, manager, query, names):
    ProjectFactory(workspace=acme, name="Site")
    ProjectFactory(workspace=acme, name="Old", archived_at=timezone.now())
    listed = api.get(f"{PROJECTS}{query}", manager).json()["items"]
    assert {item["name"] for item in listed} == names


def test_an_invalid_filter_is_rejected(api, manager):
    assert api.get(f"{PROJECTS}?archived=perhaps", manager).status_code == 422


def test_projects_of_another_workspace_are_not_found(api, manager):
    theirs = ProjectFactory()
    one = f"{PROJECTS}/{theirs.pk}"
    for response in (
        api.get(one, manager),
        api.patch(one, manager, {"name": "Mine"}),
        api.delete(one, manager),
        api.get(f"{PROJECTS}/{uuid.uuid4()}", manager),
        api.get(f"/api/v1/workspaces/{theirs.workspace.slug}/projects", manager),
        api.post(f"/api/v1/workspaces/{theirs.workspace.slug}/projects", manager, {"name": "Mine"}),
    ):
        assert response.status_code == 404
    theirs.refresh_from_db()
    assert Project.objects.get().name == theirs.name != "Mine"


def test_each_page_starts_where_the_previous_one_ended(api, acme, manager):
    names = [ProjectFactory(workspace=acme).name for _ in range(5)]
    seen, url = [], f"{PROJECTS}?limit=2"
    while url:
        page = api.get(url, manager).json()
        seen += [item["name"] for item in page["items"]]
        url = page["next"] and f"{PROJECTS}?limit=2&cursor={page['next']}"
    assert seen == names[::-1]
