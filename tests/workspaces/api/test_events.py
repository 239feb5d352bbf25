from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import EventFactory, WorkspaceFactory, make_token
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/workspaces/acme/events"
CURL = {"User-Agent": "curl/8.14.1"}
PROJECTS = "/api/v1/workspaces/acme/projects"


@pytest.fixture
def administrator():
    return make_token(WorkspaceFactory(slug="acme"), Role.ADMINISTRATOR)


def test_events_are_listed_newest_first(api, administrator):
    project = api.post(PROJECTS, administrator, {"name": "Site"}).json()
    renamed = api.patch(f"{PROJECTS}/{project['id']}", administrator, {"name": "Shop"}, headers=CURL)
    page = api.get(EVENTS, administrator).json()
    newest, oldest = page["items"]
    assert newest == {
        "id": newest["id"],
        "at": newest["at"],
        "type": "project.renamed",
        "description": f"The token {administrator.row.label} renamed the project Shop",
        "actor": {"type": "token", "name": administrator.row.token_id, "label": administrator.row.label},
        "subject": {"id": project["id"], "name": "Shop"},
        "changes": {"name": ["Site", "Shop"]},
        "ip_address": "127.0.0.1",
        "client": "curl",
        "request_id": renamed.headers["X-Request-Id"],
    }
    assert (oldest["type"], page["next"]) == ("project.created", None)


def test_events_are_paginated_and_filtered_by_type(api, administrator):
    for number in range(3):
        api.post(PROJECTS, administrator, {"name": f"Site {number}"})
    api.post("/api/v1/workspaces/acme/access-tokens", administrator, {"label": "CI", "scope": "viewer"})
    seen, cursor = [], None
    while True:
        query = {"limit": 2, "type": "project.created", **({"cursor": cursor} if cursor else {})}
        page = api.get(EVENTS, administrator, data=query).json()
        seen += [item["subject"]["name"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["Site 2", "Site 1", "Site 0"]
    assert api.get(EVENTS, administrator, data={"type": "nonsense"}).status_code == 422


def test_no_event_contains_a_secret(api, administrator):
    new = api.post("/api/v1/workspaces/acme/access-tokens", administrator, {"label": "CI", "scope": "viewer"}).json()
    told = api.get(EVENTS, administrator).content.decode()
    assert new["key_id"] in told
    assert new["token"][16:] not in told


def test_events_of_another_workspace_are_not_listed(api, administrator):
    other = make_token(scope=Role.OWNER)
    api.post(f"/api/v1/workspaces/{other.row.workspace.slug}/projects", other, {"name": "Theirs"})
    assert api.get(EVENTS, administrator).json()["items"] == []
    assert api.get(f"/api/v1/workspaces/{other.row.workspace.slug}/events", administrator).status_code == 404


def found(api, token, **query):
    response = api.get(EVENTS, token, data=query)
    assert response.status_code == 200
    return [item["subject"]["name"] for item in response.json()["items"]]


def test_each_filter_works_alone_and_combined(api, administrator):
    workspace, now = administrator.row.workspace, timezone.now()
    EventFactory(workspace=workspace, subject_name="Old", at=now - timedelta(days=2))
    EventFactory(workspace=workspace, subject_name="Bob's", actor_name="bob@acme.example", request_id="r" * 32)
    EventFactory(workspace=workspace, subject_name="Deleted", event_type="project.deleted", subject_id="p1")
    EventFactory(workspace=workspace, subject_name="Created", subject_id="p1")
    day_ago = f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    assert found(api, administrator, actor="bob@acme.example") == ["Bob's"]
    assert found(api, administrator, subject="p1") == ["Created", "Deleted"]
    assert found(api, administrator, subject="p1", type="project.deleted") == ["Deleted"]
    assert found(api, administrator, request_id="r" * 32) == ["Bob's"]
    assert found(api, administrator, at_before=day_ago) == ["Old"]
    assert found(api, administrator, at_after=day_ago, q="DELE") == ["Deleted"]
    assert found(api, administrator, actor="bob", q="") == []


def test_a_cursor_is_only_valid_with_its_filters(api, administrator):
    EventFactory.create_batch(3, workspace=administrator.row.workspace, subject_id="p1")
    cursor = api.get(EVENTS, administrator, data={"limit": 1, "subject": "p1"}).json()["next"]
    assert api.get(EVENTS, administrator, data={"subject": "p1", "cursor": cursor}).status_code == 200
    assert api.get(EVENTS, administrator, data={"subject": "p2", "cursor": cursor}).status_code == 422


@pytest.mark.parametrize("name", ["actor", "subject", "request_id", "q"])
def test_a_nul_character_is_rejected_with_a_message(api, administrator, name):
    response = api.get(EVENTS, administrator, data={name: "a\0b"})
    assert response.status_code == 422
    assert "NUL" in response.json()["detail"]
