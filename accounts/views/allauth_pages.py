"""allauth's pages where Latchkey needs something more."""

from collections.abc import Callable
from functools import wraps

from allauth.account import views
from allauth.mfa.recovery_codes.views import view_recovery_codes
from allauth.mfa.totp.views import activate_totp
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from accounts.middleware import mark_secret


@login_not_required
def sign_up(request: HttpRequest) -> HttpResponseBase:
    """Show allauth's page, or 404 if sign-up is closed."""
    if not settings.ALLOW_SIGN_UP:
        raise Http404("Sign-up is closed.")
    response: HttpResponseBase = views.signup(request)
    return response


@login_not_required
def confirm_email(request: HttpRequest) -> HttpResponseBase:
    """Show allauth's page that asks for the code. Redirect people who are signed in already."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    response: HttpResponseBase = views.email_verification_sent(request)
    return response


def _with_secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        return mark_secret(view(request))

    return wrapped


add_app = _with_secret(activate_totp)
recovery_codes = _with_secret(view_recovery_codes)
