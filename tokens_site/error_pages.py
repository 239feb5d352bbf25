"""Error pages of our own. An htmx call gets the same words as plain text, which the page shows as a toast."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from accounts.middleware import ask_to_sign_in
from workspaces.errors import NotAllowed
from workspaces.models import Membership


@requires_csrf_token
def _answer(request: HttpRequest, status: HTTPStatus, title: str, words: str, **context: Any) -> HttpResponse:
    if getattr(request, "htmx", False):
        return _plain(words, status)
    layout = "console_base.html" if request.user.is_authenticated else "auth_base.html"
    context.update(layout=layout, status=status.value, title=title, words=words)
    return render(request, "error.html", context, status=status)


def _plain(words: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, HTTPStatus.BAD_REQUEST, "This request can't be read", "Go back and try again.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Says which role is needed and whom to ask: the workspace's Owners."""
    membership: Membership | None = getattr(request, "membership", None)
    owners = []
    if membership and isinstance(exception, NotAllowed) and exception.required_role:
        owners = [row.user for row in membership.workspace.memberships.owners().select_related("user")]
    words = exception.message if isinstance(exception, NotAllowed) else "Your account may not open this page."
    return _answer(request, HTTPStatus.FORBIDDEN, "You may not do this", words, owners=owners, membership=membership)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Without a session there is nothing to forge: the person signs in again, and is back on the same page."""
    match = request.resolver_match
    if not request.user.is_authenticated and match and getattr(match.func, "login_required", True):
        return ask_to_sign_in(request)
    words = "This page was open for too long, or cookies are off. Reload it and try again. Nothing was changed."
    return _answer(request, HTTPStatus.FORBIDDEN, "Please try again", words)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    words = "There is nothing at this address, or it is not yours to see."
    return _answer(request, HTTPStatus.NOT_FOUND, "Not found", words)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the request, its session or the database: any of them may be what went wrong."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    words = "Something went wrong on our side. Nothing was changed. Try again in a moment."
    if getattr(request, "htmx", False):
        return _plain(words, status)
    context = {"layout": "auth_base.html", "status": status.value, "title": "Something went wrong", "words": words}
    return HttpResponse(render_to_string("error.html", context), status=status)
