"""Projects: list, create, rename, archive, restore, delete."""

from http import HTTPStatus
from typing import Any, ClassVar

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from workspaces.console.dialogs import close_dialog, render_dialog
from workspaces.console.filters import ListFilter
from workspaces.console.list_page import ListPage
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.console.tables import ConsoleTable, cell_factory
from workspaces.forms import ConfirmNameForm, NameForm, post_data
from workspaces.models import Project, Workspace
from workspaces.operations import projects
from workspaces.permissions import Permission

cell = cell_factory("workspaces/project_cells.html")


class ProjectTable(ConsoleTable):
    key = "projects"
    default_sort = "name"

    name = cell("name", "Name", sort_by=[Lower("name")], can_be_hidden=False, card_area="head")
    created_at = cell("created_at", "Created", sort_by=["created_at"])
    archived_at = cell("archived_at", "Archived", sort_by=["archived_at"], none="least", is_default=False)
    status = cell(
        "status", "Status", sort_by=["archived_at", Lower("name")], none="least", can_be_hidden=False, card_area="st"
    )
    actions = cell("actions", "Actions", card_area="act")

    class Meta:
        row_attrs: ClassVar[dict[str, Any]] = {
            "id": lambda record: f"project-{record.pk}",
            "data-state": lambda record: "disabled" if record.archived_at else "",
        }


class ProjectFilter(ListFilter):
    placeholder = "Name"
    segmented = "archived"

    archived = django_filters.ChoiceFilter(
        label="status",
        empty_label="All",
        choices=[("false", "Active"), ("true", "Archived")],
        method="filter_archived",
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def search(self, rows: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return rows.filter(name__icontains=value)

    def filter_archived(self, rows: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return rows.filter(archived_at__isnull=value == "false")


def extra_context(request: ConsoleRequest) -> dict[str, Any]:
    may = request.membership.has_permission
    return {"can": {"edit": may(Permission.EDIT_PROJECTS), "delete": may(Permission.DELETE_PROJECTS)}}


PROJECTS = ListPage(
    name="projects",
    title="Projects",
    noun="project",
    template="workspaces/projects.html",
    view="workspaces:projects",
    columns_view="workspaces:project_columns",
    table=ProjectTable,
    filters=ProjectFilter,
    rows=lambda request: request.membership.workspace.projects.all(),
    extra_context=extra_context,
)
project_list, columns = PROJECTS.views()


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.EDIT_PROJECTS)
def create(request: ConsoleRequest, workspace: Workspace) -> HttpResponse:
    form = NameForm(post_data(request))
    project = form.run(lambda name: projects.create(workspace, name, by=request.actor))
    if project is None:
        return _project_form(request, form)
    return _close(request, f"Created {project.name}.")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.EDIT_PROJECTS)
def rename(request: ConsoleRequest, workspace: Workspace, pk: str) -> HttpResponse:
    project = get_project(workspace, pk)
    form = NameForm(post_data(request), initial={"name": project.name})
    renamed = form.run(lambda name: projects.rename(project, name, by=request.actor))
    if renamed is None:
        return _project_form(request, form, project=project)
    return _close(request, f"Renamed to {renamed.name}.")


@require_POST
@workspace_page(Permission.EDIT_PROJECTS)
def archive(request: ConsoleRequest, workspace: Workspace, pk: str) -> HttpResponse:
    project = projects.archive(get_project(workspace, pk), by=request.actor)
    return _updated_row(request, project, f"Archived {project.name}.", undo="unarchive")


@require_POST
@workspace_page(Permission.EDIT_PROJECTS)
def unarchive(request: ConsoleRequest, workspace: Workspace, pk: str) -> HttpResponse:
    project = projects.unarchive(get_project(workspace, pk), by=request.actor)
    return _updated_row(request, project, f"Restored {project.name}.", undo="archive")


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Permission.DELETE_PROJECTS)
def delete(request: ConsoleRequest, workspace: Workspace, pk: str) -> HttpResponse:
    """Ask for the project's name, then delete it permanently."""
    project = get_project(workspace, pk)
    form = ConfirmNameForm(post_data(request), name=project.name)
    if form.is_bound and form.is_valid():
        projects.delete(project, by=request.actor)
        return _close(request, f"Deleted {project.name}.")
    return _project_form(request, form, project=project, template="workspaces/delete_project.html")


def get_project(workspace: Workspace, pk: str) -> Project:
    """Return a project of the workspace. Raises: Http404."""
    return get_object_or_404(workspace.projects.select_related("workspace"), pk=pk)


def _project_form(
    request: ConsoleRequest,
    form: NameForm | ConfirmNameForm,
    *,
    project: Project | None = None,
    template: str = "workspaces/project_form.html",
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "project": project, "list_url": PROJECTS.current_list_url(request)}
    return render_dialog(request, template, context, status=status)


def _close(request: ConsoleRequest, message: str) -> HttpResponse:
    return close_dialog(request, message, back_to=PROJECTS.current_list_url(request), event="projects:changed")


def _updated_row(request: ConsoleRequest, project: Project, message: str, *, undo: str) -> HttpResponse:
    messages.success(request, message)
    if not request.htmx:
        return redirect(PROJECTS.current_list_url(request))
    undo_url = reverse(f"workspaces:{undo}_project", args=[project.workspace.slug, project.pk])
    return PROJECTS.render_row(request, project, undo_url=undo_url)
