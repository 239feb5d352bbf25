import pytest

from tests.factories import WorkspaceFactory, make_token
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/workspaces/acme/events"
PROJECTS = "/api/v1/workspaces/acme/projects"


@pytest.fixture
def administrator():
    return make_token(WorkspaceFactory(slug="acme"), Role.ADMINISTRATOR)


def test_what_happened_is_told_newest_first(api, administrator):
    project = api.post(PROJECTS, administrator, {"name": "Site"}).json()
    renamed = api.patch(f"{PROJECTS}/{project['id']}", administrator, {"name": "Shop"})
    page = api.get(EVENTS, administrator).json()
    newest, oldest = page["items"]
    assert newest == {
        "id": newest["id"],
        "at": newest["at"],
        "kind": "project.renamed",
        "actor": {"kind": "token", "name": administrator.row.token_id},
        "subject": {"id": project["id"], "name": "Shop"},
        "changes": {"name": ["Site", "Shop"]},
        "address": "127.0.0.1",
        "request_id": renamed.headers["X-Request-Id"],
    }
    assert (oldest["kind"], page["next"]) == ("project.created", None)


def test_they_are_paged_and_filtered_by_kind(api, administrator):
    for number in range(3):
        api.post(PROJECTS, administrator, {"name": f"Site {number}"})
    api.post("/api/v1/workspaces/acme/access-tokens", administrator, {"label": "CI", "scope": "viewer"})
    seen, cursor = [], None
    while True:
        query = {"limit": 2, "kind": "project.created", **({"cursor": cursor} if cursor else {})}
        page = api.get(EVENTS, administrator, data=query).json()
        seen += [item["subject"]["name"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["Site 2", "Site 1", "Site 0"]
    assert api.get(EVENTS, administrator, data={"kind": "nonsense"}).status_code == 422


def test_no_event_holds_a_secret(api, administrator):
    new = api.post("/api/v1/workspaces/acme/access-tokens", administrator, {"label": "CI", "scope": "viewer"}).json()
    told = api.get(EVENTS, administrator).content.decode()
    assert new["key_id"] in told
    assert new["token"][16:] not in told


def test_those_of_another_workspace_are_not_there(api, administrator):
    other = make_token(scope=Role.OWNER)
    api.post(f"/api/v1/workspaces/{other.row.workspace.slug}/projects", other, {"name": "Theirs"})
    assert api.get(EVENTS, administrator).json()["items"] == []
    assert api.get(f"/api/v1/workspaces/{other.row.workspace.slug}/events", administrator).status_code == 404
