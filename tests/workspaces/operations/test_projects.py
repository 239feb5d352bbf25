import pytest
from django.core.exceptions import ValidationError

from tests.factories import ProjectFactory, WorkspaceFactory, member_actor
from tests.roles import EACH_ROLE
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType
from workspaces.models import Event, Project
from workspaces.operations import projects
from workspaces.permissions import MINIMUM_ROLE, Permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(acme):
    return member_actor(acme)


def recorded_events():
    return list(Event.objects.order_by("pk").values_list("event_type", "subject_name", "changes"))


def test_each_change_records_an_event(acme, by):
    project = projects.create(acme, " Site ", by=by)
    projects.rename(project, "Shop", by=by)
    projects.archive(project, by=by)
    projects.unarchive(project, by=by)
    projects.delete(project, by=by)
    assert recorded_events() == [
        (EventType.PROJECT_CREATED, "Site", {}),
        (EventType.PROJECT_RENAMED, "Shop", {"name": ["Site", "Shop"]}),
        (EventType.PROJECT_ARCHIVED, "Shop", {}),
        (EventType.PROJECT_UNARCHIVED, "Shop", {}),
        (EventType.PROJECT_DELETED, "Shop", {}),
    ]
    assert set(Event.objects.values_list("subject_id", flat=True)) == {str(project.pk)}
    assert not Project.objects.exists()


def test_unchanged_name_records_no_event(acme, by):
    projects.rename(ProjectFactory(workspace=acme, name="Site"), "Site", by=by)
    assert not recorded_events()


def test_case_of_a_name_can_be_changed(acme, by):
    assert projects.rename(ProjectFactory(workspace=acme, name="site"), "Site", by=by).name == "Site"


def test_name_in_use_is_rejected_regardless_of_case(acme, by):
    ProjectFactory(workspace=acme, name="Site")
    other = ProjectFactory(workspace=acme)
    for attempt in (lambda: projects.create(acme, "SITE", by=by), lambda: projects.rename(other, "sitE ", by=by)):
        with pytest.raises(Conflict, match="is already called"):
            attempt()
    elsewhere = WorkspaceFactory()
    assert projects.create(elsewhere, "Site", by=member_actor(elsewhere))


def test_archiving_and_restoring_are_idempotent(acme, by):
    project = ProjectFactory(workspace=acme)
    assert projects.unarchive(project, by=by).archived_at is None
    assert not recorded_events()
    first = projects.archive(project, by=by).archived_at
    assert projects.archive(project, by=by).archived_at == first is not None
    assert [event_type for event_type, _, _ in recorded_events()] == [EventType.PROJECT_ARCHIVED]


def test_archived_project_keeps_its_name(acme, by):
    project = projects.archive(ProjectFactory(workspace=acme, name="Site"), by=by)
    with pytest.raises(Conflict, match="Site is archived"):
        projects.rename(project, "Shop", by=by)
    with pytest.raises(Conflict, match="An archived project in Acme is already called “Site”"):
        projects.create(acme, "site", by=by)
    assert Project.objects.get().name == "Site"


def test_archived_project_can_be_deleted(acme, by):
    projects.delete(projects.archive(ProjectFactory(workspace=acme), by=by), by=by)
    assert not Project.objects.exists()


def test_invalid_name_is_an_error_of_the_name_field(acme, by):
    with pytest.raises(ValidationError) as error:
        projects.create(acme, " ", by=by)
    assert list(error.value.message_dict) == ["name"]


def test_deleted_project_does_not_exist(acme, by):
    project = ProjectFactory(workspace=acme)
    Project.objects.all().delete()
    for attempt in (
        lambda: projects.rename(project, "Site", by=by),
        lambda: projects.archive(project, by=by),
        lambda: projects.unarchive(project, by=by),
        lambda: projects.delete(project, by=by),
    ):
        with pytest.raises(Project.DoesNotExist):
            attempt()


ATTEMPTS = [
    (Permission.EDIT_PROJECTS, lambda project, by: projects.create(project.workspace, "New", by=by)),
    (Permission.EDIT_PROJECTS, lambda project, by: projects.rename(project, "New", by=by)),
    (Permission.EDIT_PROJECTS, lambda project, by: projects.archive(project, by=by)),
    (Permission.EDIT_PROJECTS, lambda project, by: projects.unarchive(project, by=by)),
    (Permission.EDIT_PROJECTS, lambda project, by: projects.edit(project, by=by)),
    (Permission.DELETE_PROJECTS, lambda project, by: projects.delete(project, by=by)),
]
NAMES = ["create", "rename", "archive", "unarchive", "edit", "delete"]


@pytest.mark.parametrize(("permission", "attempt"), ATTEMPTS, ids=NAMES)
@EACH_ROLE
def test_operation_requires_the_minimum_role(acme, permission, attempt, role):
    project = ProjectFactory(workspace=acme)
    if role >= MINIMUM_ROLE[permission]:
        attempt(project, member_actor(acme, role))
        return
    with pytest.raises(NotAllowed) as error:
        attempt(project, member_actor(acme, role))
    assert error.value.required_role == MINIMUM_ROLE[permission]
    assert Project.objects.get().name == project.name
    assert not recorded_events()


@pytest.mark.parametrize(("permission", "attempt"), ATTEMPTS, ids=NAMES)
def test_owner_of_another_workspace_is_not_allowed_to_do_anything(acme, permission, attempt):
    with pytest.raises(NotAllowed):
        attempt(ProjectFactory(workspace=acme), member_actor(WorkspaceFactory()))
