"""Error pages. An htmx request gets the same message as plain text, which the page shows as a toast."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from accounts.middleware import redirect_to_sign_in
from workspaces.errors import NotAllowed
from workspaces.models import Membership


@requires_csrf_token
def _error_page(request: HttpRequest, status: HTTPStatus, title: str, message: str, **context: Any) -> HttpResponse:
    if getattr(request, "htmx", False):
        return _plain_text(message, status)
    layout = "console_base.html" if request.user.is_authenticated else "auth_base.html"
    context.update(layout=layout, status=status.value, title=title, message=message)
    return render(request, "error.html", context, status=status)


def _plain_text(message: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error_page(
        request, HTTPStatus.BAD_REQUEST, "Bad request", "Latchkey can't read this request. Go back and try again."
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show which role is required, and the workspace's Owners as the people to ask."""
    membership: Membership | None = getattr(request, "membership", None)
    owners = []
    if membership and isinstance(exception, NotAllowed) and exception.required_role:
        owners = [row.user for row in membership.workspace.memberships.active_owners().select_related("user")]
    message = exception.message if isinstance(exception, NotAllowed) else "Your account can't open this page."
    context = {"owners": owners, "membership": membership}
    return _error_page(request, HTTPStatus.FORBIDDEN, "You don't have permission", message, **context)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Ask a person whose session has ended to sign in again, then return to the page. Show an error to others."""
    match = request.resolver_match
    if not request.user.is_authenticated and match and getattr(match.func, "login_required", True):
        return redirect_to_sign_in(request)
    message = "This page was open for too long, or cookies are blocked. Nothing was changed. Reload it and try again."
    return _error_page(request, HTTPStatus.FORBIDDEN, "Try again", message)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = "This page doesn't exist, or you don't have access to it."
    return _error_page(request, HTTPStatus.NOT_FOUND, "Not found", message)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show a page that needs no user, session or database, because any of them can be the cause."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    message = "Something went wrong on our side. Nothing was changed. Try again in a moment."
    if getattr(request, "htmx", False):
        return _plain_text(message, status)
    context = {"layout": "auth_base.html", "status": status.value, "title": "Something went wrong", "message": message}
    return HttpResponse(render_to_string("error.html", context), status=status)
