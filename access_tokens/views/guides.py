"""The help pages: public at `/help`, and in a workspace with its slug in the samples."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from access_tokens.guides import load_guides
from workspaces.console.page_access import ConsoleRequest, workspace_page
from workspaces.models import Workspace


@login_not_required
@require_safe
def public_guide(request: HttpRequest, name: str) -> HttpResponse:
    """Show a guide to everyone: the problem types of API errors link to it."""
    return _guide_page(request, name, layout="auth_base.html")


@require_safe
@workspace_page()
def workspace_guide(request: ConsoleRequest, workspace: Workspace, name: str) -> HttpResponse:
    return _guide_page(request, name, layout="console_base.html", workspace=workspace, section="help")


def _guide_page(request: HttpRequest, name: str, *, workspace: Workspace | None = None, **context: Any) -> HttpResponse:
    guide = load_guides().get(name)
    if guide is None:
        raise Http404("This guide does not exist.")
    server = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    context |= {
        "workspace": workspace,
        "guide": guide,
        "guides": load_guides().values(),
        "text": guide.render(server=server, workspace=workspace.slug if workspace else None),
    }
    return render(request, "access_tokens/guide.html", context)
