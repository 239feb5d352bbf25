"""Dialogs: a fragment for htmx, and the same content as a page without JavaScript."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from accounts import reauthentication
from workspaces.console.page_access import ConsoleRequest


def render_dialog(
    request: ConsoleRequest, template: str, context: dict[str, Any], *, status: int | None = None
) -> HttpResponse:
    """Render a dialog, whose template extends `dialog.html`.

    The context has `list_url`, where Cancel leads, and `action`, the URL of the form (default: that of the request).
    The default status is 200, or 422 if the context has a submitted `form`.
    """
    layout = "fragment.html" if request.htmx else "console_base.html"
    defaults = {"layout": layout, "action": request.path}
    if membership := getattr(request, "membership", None):
        defaults["workspace"] = membership.workspace
    is_submitted = "form" in context and context["form"].is_bound
    default_status = HTTPStatus.UNPROCESSABLE_ENTITY if is_submitted else HTTPStatus.OK
    return render(request, template, {**defaults, **context}, status=status or default_status)


def render_password_dialog(
    request: ConsoleRequest,
    template: str,
    context: dict[str, Any],
    *,
    password_error: str = "",
    status: int | None = None,
) -> HttpResponse:
    """Render a dialog that includes `password_field.html`, unless the person confirmed their identity recently.

    A person without a password is asked to set one first.
    """
    needs_password = not reauthentication.is_recent(request)
    if needs_password and not request.user.has_usable_password():
        return render_dialog(request, "no_password_dialog.html", {"list_url": context["list_url"]})
    context |= {"needs_password": needs_password, "password_error": password_error}
    if password_error:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render_dialog(request, template, context, status=status)


def close_dialog(
    request: ConsoleRequest, message: str, *, back_to: str, event: str, level: int = messages.SUCCESS
) -> HttpResponse:
    """Close a dialog with a toast and trigger `event` on the page. Without htmx, redirect to `back_to`."""
    messages.add_message(request, level, message)
    if not request.htmx:
        return redirect(back_to)
    response = render(request, "partials/toasts_oob.html")
    trigger_client_event(response, event)
    return trigger_client_event(response, "dialog:close")


def redirect_from_dialog(request: ConsoleRequest, url: str) -> HttpResponse:
    """Redirect to another page, also from a dialog."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
