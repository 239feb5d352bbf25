import uuid

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from workspaces.models.workspace import Workspace
from workspaces.names import MAX_NAME_LENGTH


class Project(models.Model):
    """A named resource of a workspace that Team Members can write.

    archived_at: when it was archived. An archived project keeps its name and can't be renamed.
    version: incremented by each change that the API shows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("workspace", Lower("name"), name="project_name_is_unique_in_its_workspace"),
            models.CheckConstraint(name="project_has_a_name", condition=~models.Q(name="")),
        ]
        indexes = [models.Index(fields=["workspace", "-created_at", "-id"], name="project_newest_first")]

    def __str__(self) -> str:
        return self.name
