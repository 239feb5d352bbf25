import pytest
from django.db import IntegrityError, transaction

from tests.factories import EventFactory, ProjectFactory, WorkspaceFactory
from workspaces.compiled_inserts import insert
from workspaces.models import Event, Project

pytestmark = pytest.mark.django_db


def values(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_inserted_row_is_what_the_orm_reads():
    event = EventFactory.build(workspace=WorkspaceFactory(), changes={"name": ["a", "“b”"]}, ip_address="2001:db8::1")
    insert(event)
    assert event.pk is not None
    assert values(Event.objects.get()) == values(event)


def test_primary_key_that_the_object_chose_is_kept():
    project = ProjectFactory.build(workspace=WorkspaceFactory())
    chosen = project.pk
    insert(project)
    assert Project.objects.get().pk == project.pk == chosen


def test_inserted_object_can_be_saved_again():
    project = ProjectFactory.build(workspace=WorkspaceFactory())
    insert(project)
    project.name = "Renamed"
    project.save()
    assert Project.objects.get().name == "Renamed"


def test_violated_constraint_raises_integrity_error():
    workspace = WorkspaceFactory()
    insert(ProjectFactory.build(workspace=workspace, name="Site"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(ProjectFactory.build(workspace=workspace, name="site"))
