"""The dialog that creates a workspace."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from workspaces.actors import Actor
from workspaces.console.dialogs import redirect_from_dialog, render_dialog
from workspaces.console.page_access import ConsoleRequest
from workspaces.forms import WorkspaceForm, post_data
from workspaces.operations import create_workspace, propose_slug, require_unused_slug, require_workspace_creation


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: ConsoleRequest) -> HttpResponse:
    """Ask for name and slug, create the workspace, and open it."""
    by = Actor.for_user(request)
    require_workspace_creation(by)
    form = WorkspaceForm(post_data(request))
    workspace = form.run(lambda name, slug: create_workspace(name, slug, owner=request.user, by=by))
    if workspace is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        context = {"form": form, "slug": form["slug"].value() or "", "list_url": reverse(settings.LOGIN_REDIRECT_URL)}
        return render_dialog(request, "workspaces/new_workspace.html", context, status=status)
    messages.success(request, f"Created {workspace.name}. You are its Owner.")
    return redirect_from_dialog(request, reverse("workspaces:open", args=[workspace.slug]))


@require_safe
def slug(request: ConsoleRequest) -> HttpResponse:
    """Return the slug field while the person types: the proposed slug, and whether it is available."""
    require_workspace_creation(Actor.for_user(request))
    name, typed = (request.GET.get(field, "").replace("\0", "") for field in ("name", "slug"))
    proposed = propose_slug(name)
    slug = proposed if typed in {"", request.GET.get("proposed", "")} else typed
    context = {"name": name, "proposed": proposed, "slug": slug}
    try:
        require_unused_slug(slug)
    except ValidationError as refusal:
        context["refusal"] = refusal.messages[0] if slug else ""
    else:
        context["free"] = slug
    return render(request, "workspaces/new_workspace.html#slug_field", context)
