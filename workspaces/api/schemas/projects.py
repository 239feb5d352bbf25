import uuid
from datetime import datetime

from ninja import Schema
from pydantic import ConfigDict

from workspaces.api.schemas.common import UNSET, Name, Page, RequestBody, example, page_example
from workspaces.models import Project

PROJECT_EXAMPLE = {
    "id": "0b5b6d0e-3f43-4a3e-9a0e-6f2f0a2b7c11",
    "name": "Website",
    "created_at": "2026-01-12T08:00:00Z",
    "archived_at": None,
}


class ProjectOut(Schema):
    """A project. `archived_at` is null unless the project is archived."""

    model_config = ConfigDict(json_schema_extra=example(**PROJECT_EXAMPLE))

    id: uuid.UUID
    name: str
    created_at: datetime
    archived_at: datetime | None


class ProjectIn(RequestBody):
    """A new project."""

    model_config = ConfigDict(json_schema_extra=example(name="Website"))

    name: Name


class ProjectPatch(RequestBody):
    """Changes to a project. Omitted fields stay as they are."""

    model_config = ConfigDict(json_schema_extra=example(name="Web shop", archived=False))

    name: Name = UNSET
    archived: bool = UNSET


class ProjectPage(Page[ProjectOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**PROJECT_EXAMPLE))


def project_out(project: Project) -> ProjectOut:
    return ProjectOut(id=project.pk, name=project.name, created_at=project.created_at, archived_at=project.archived_at)
