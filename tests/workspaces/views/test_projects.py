"""The list of projects, and what is done with them in the console."""

import uuid

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.access_tokens.views.console_client import HTMX, member
from tests.factories import ProjectFactory, WorkspaceFactory
from tests.roles import EACH_ROLE
from workspaces.models import Event, Project
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

VIEW = "workspaces:projects"
SEEN = "/workspace/acme/projects?q=si&sort=-name"
OF_ONE = ["rename", "archive", "unarchive", "delete"]


@pytest.fixture
def site(acme):
    return ProjectFactory(workspace=acme, name="Site")


def do(person, action, project=None, data=None, **kwargs):
    return person.post(f"workspaces:{action}_project", project, data, **kwargs)


def words(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def shown(response):
    return [row.record.name for row in response.context["table"].rows]


def test_a_project_is_made_in_a_dialog(owner):
    assert 'name="name"' in owner.get("workspaces:create_project", headers=HTMX).text
    response = do(owner, "create", data={"name": " Site "}, htmx=True)
    assert "Created Site." in response.text
    assert "projects:changed" in response.headers["HX-Trigger"]
    assert Project.objects.get().name == "Site"


def test_without_htmx_each_change_leads_back_to_the_list_as_it_was(owner, site):
    for action, data, said in (
        ("create", {"name": "Shop"}, "Created Shop."),
        ("rename", {"name": "Sites"}, "Renamed to Sites."),
        ("archive", {}, "Archived Sites."),
        ("unarchive", {}, "Restored Sites."),
        ("delete", {"name": "Sites"}, "Deleted Sites."),
    ):
        response = do(owner, action, None if action == "create" else site, data, from_page=SEEN)
        assert (response.status_code, response.url, words(response)[-1]) == (302, SEEN, said)
    assert [project.name for project in Project.objects.all()] == ["Shop"]


@pytest.mark.parametrize("action", ["create", "rename"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Enter a name"),
        (" ", "Enter a name"),
        ("x" * 101, "Use at most 100"),
        ("x" * 2000, "at most 1000"),
        ("a\u202eb", "invisible"),
        ("SHOP", "A project in Acme is already called “Shop”"),
        ("a\0b", "Null characters"),
    ],
)
def test_a_name_that_can_not_be_comes_back_with_the_reason(owner, acme, site, action, name, said):
    ProjectFactory(workspace=acme, name="Shop")
    response = do(owner, action, site if action == "rename" else None, {"name": name})
    assert response.status_code == 422
    assert said in response.text
    assert 'aria-invalid="true"' in response.text
    assert set(Project.objects.values_list("name", flat=True)) == {"Site", "Shop"}
    if name == "SHOP":
        assert 'value="SHOP"' in response.text


def test_the_form_of_a_rename_holds_the_present_name(owner, site):
    assert 'value="Site"' in owner.get("workspaces:rename_project", site).text


def test_an_archived_project_is_not_renamed(owner, site):
    do(owner, "archive", site)
    response = do(owner, "rename", site, {"name": "Shop"})
    assert response.status_code == 422
    assert "Restore it before you rename it" in response.text


def test_archiving_swaps_the_row_and_offers_the_way_back(owner, site):
    response = do(owner, "archive", site, htmx=True)
    assert f'hx-target="#project-{site.pk}"' in response.text
    assert 'data-state="disabled"' in response.text
    assert f'hx-post="/workspace/acme/projects/{site.pk}/unarchive"' in response.text
    assert "Archived Site." in response.text
    response = do(owner, "unarchive", site, htmx=True)
    assert "Restored Site." in response.text
    assert Project.objects.get().archived_at is None


@pytest.mark.parametrize("typed", ["", "site", "Site!", "Shop", "a\0b"])
def test_a_project_goes_only_by_its_name(owner, site, typed):
    response = do(owner, "delete", site, {"name": typed})
    assert response.status_code == 422
    if "\0" not in typed:
        assert "Type the name: Site" in response.text
    assert Project.objects.exists()


def test_blanks_about_the_typed_name_do_not_matter(owner, site):
    assert do(owner, "delete", site, {"name": " Site "}).status_code == 302
    assert not Project.objects.exists()


@EACH_ROLE
def test_each_is_offered_what_they_may_do(acme, as_member, site, role):
    away = ProjectFactory(workspace=acme, name="Old", archived_at=timezone.now())
    text = as_member(role).get(VIEW).text
    edits, deletes = role >= Role.TEAM_MEMBER, role >= Role.WORKSPACE_MANAGER
    offered = {
        "New project": edits,
        "Rename Site": edits,
        "Archive Site": edits,
        "Restore Old": edits,
        "Delete Site": deletes,
        "Delete Old": deletes,
        "Rename Old": False,
        "Archive Old": False,
    }
    assert {name: name in text for name in offered} == offered
    assert away.name in text


@EACH_ROLE
def test_an_empty_list_says_what_projects_are_and_who_may_make_them(as_member, role):
    text = as_member(role).get(VIEW).text
    assert "No projects yet" in text
    assert ("Team Members and higher roles" in text) == (role < Role.TEAM_MEMBER)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Billing", "Old site", "Site"]),
        ({"sort": "-name"}, ["Site", "Old site", "Billing"]),
        ({"q": "SITE"}, ["Old site", "Site"]),
        ({"archived": "true"}, ["Old site"]),
        ({"archived": "false"}, ["Billing", "Site"]),
        ({"archived": "false", "q": "site"}, ["Site"]),
        ({"archived": "perhaps"}, ["Billing", "Old site", "Site"]),
        ({"sort": "-status"}, ["Old site", "Site", "Billing"]),
    ],
)
def test_search_filter_and_sort(owner, acme, query, names):
    for name in ("Billing", "Site"):
        ProjectFactory(workspace=acme, name=name)
    ProjectFactory(workspace=acme, name="Old site", archived_at=timezone.now())
    ProjectFactory(name="Elsewhere")
    assert shown(owner.get(VIEW, query=query)) == names


def test_the_filters_in_effect_are_told(owner, site):
    assert "<strong>Archived</strong>" in owner.get(VIEW, query={"archived": "true"}).text
    assert 'aria-label="Filter by status"' in owner.get(VIEW).text


@pytest.mark.parametrize("action", OF_ONE)
def test_a_project_of_another_workspace_is_not_found(owner, action):
    theirs = ProjectFactory(name="Site")
    assert do(owner, action, theirs, {"name": "Site"}).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.name, theirs.archived_at) == ("Site", None)


@EACH_ROLE
def test_another_workspace_is_not_found(acme, site, role):
    stranger = member(WorkspaceFactory(), role)
    stranger.workspace = acme
    assert stranger.get(VIEW).status_code == 404
    assert stranger.post("workspaces:project_columns").status_code == 404
    assert do(stranger, "create", data={"name": "New"}).status_code == 404
    for action in OF_ONE:
        assert do(stranger, action, site, {"name": "Site"}).status_code == 404
    assert not Event.objects.exists()


def test_what_is_no_project_is_not_found(owner):
    assert owner.client.post(f"/workspace/acme/projects/{uuid.uuid4()}/archive").status_code == 404
    assert owner.client.get("/workspace/acme/projects/7/rename").status_code == 404


@pytest.mark.parametrize("action", ["archive", "unarchive"])
def test_what_changes_at_once_takes_no_get(owner, site, action):
    assert owner.get(f"workspaces:{action}_project", site).status_code == 405


@pytest.mark.parametrize("number", [3, 60])
def test_it_costs_the_same_for_few_and_for_many(owner, acme, number):
    owner.get(VIEW)
    ProjectFactory.create_batch(number, workspace=acme)
    with CaptureQueriesContext(connection) as queries:
        assert owner.get(VIEW, query={"per_page": 100}).status_code == 200
    assert len(queries) == 7
