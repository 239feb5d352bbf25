"""The console's own middlewares. None of them sees /api/."""

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

HOLDS_SECRET = "holds_secret"


def holding_secret(response: HttpResponse) -> HttpResponse:
    """Mark an answer that has a secret in it: it is never compressed (BREACH) and never stored."""
    setattr(response, HOLDS_SECRET, True)
    return response


class CompressionMiddleware(GZipMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(response, HOLDS_SECRET, False):
            return response
        return super().process_response(request, response)


class NoStoreMiddleware:
    """No cache keeps what a signed-in person sees: after sign-out, a shared browser's Back button shows none of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        add_never_cache_headers(response)
        return response


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Everything needs a sign-in, save for views that say otherwise."""

    def handle_no_permission(  # type: ignore[override] # htmx follows its own kind of redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        return ask_to_sign_in(request)


def ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """The way to the sign-in page, which tells if a session has ended, and then back to where the person was."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    had_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    page = f"{resolve_url(settings.LOGIN_URL)}{'?ended=1' if had_session else ''}"
    sign_in = redirect_to_login(_page_of(request, htmx), page, "next")
    return HttpResponseClientRedirect(sign_in.url) if htmx else sign_in


def _page_of(request: HttpRequest, htmx: HtmxDetails) -> str:
    """The page a person was on: not the address of the fragment or of the form that they sent."""
    if htmx:
        return htmx.current_url_abs_path or "/"
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, request.is_secure()):
        return "/"
    split = urlsplit(referer)
    return f"{split.path}?{split.query}" if split.query else split.path
