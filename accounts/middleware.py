"""Middleware of the console. Requests to /api/ don't reach it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


def mark_secret(response: HttpResponse) -> HttpResponse:
    """Mark a response that contains a secret, so that it is not compressed (BREACH attack)."""
    response.has_secret = True  # type: ignore[attr-defined] # read by CompressionMiddleware
    return response


class CompressionMiddleware(GZipMiddleware):
    """Compress responses that contain no secret."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(response, "has_secret", False):
            return response
        return super().process_response(request, response)


class NoStoreMiddleware:
    """Keep pages out of caches, so that the Back button of a shared browser shows nothing after sign-out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        add_never_cache_headers(response)
        return response


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Require a sign-in for every view that is not marked with `login_not_required`."""

    def handle_no_permission(  # type: ignore[override] # htmx needs a redirect of its own
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        return redirect_to_sign_in(request)


def redirect_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Redirect to the sign-in page, which says if a session has ended, and then back to the page the person was on."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    had_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    page = f"{resolve_url(settings.LOGIN_URL)}{'?ended=1' if had_session else ''}"
    sign_in = redirect_to_login(_current_page(request, htmx), page, "next")
    return HttpResponseClientRedirect(sign_in.url) if htmx else sign_in


def _current_page(request: HttpRequest, htmx: HtmxDetails) -> str:
    """Return the page that the person sees, not the URL of the fragment or form that they requested."""
    if htmx:
        return htmx.current_url_abs_path or "/"
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, request.is_secure()):
        return "/"
    split = urlsplit(referer)
    return f"{split.path}?{split.query}" if split.query else split.path
