"""Answers that are a dialog for htmx, and a page of their own without it: the same partial in both."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from workspaces.console.page_access import ConsoleRequest


def dialog(request: ConsoleRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """`template` extends `dialog_page.html` and holds the dialog in its partial `dialog`."""
    if membership := getattr(request, "membership", None):
        context.setdefault("workspace", membership.workspace)
    return render(request, f"{template}#dialog" if request.htmx else template, context, status=status)


def done(
    request: ConsoleRequest, words: str, *, back_to: str, event: str, level: int = messages.SUCCESS
) -> HttpResponse:
    """A dialog's work is done: close it with a toast and let the page hear `event`; without htmx, go `back_to`."""
    messages.add_message(request, level, words)
    if not request.htmx:
        return redirect(back_to)
    response = render(request, "partials/toasts_oob.html")
    trigger_client_event(response, event)
    return trigger_client_event(response, "dialog:close")


def go(request: ConsoleRequest, url: str) -> HttpResponse:
    """Leave for another page, from a dialog too."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
