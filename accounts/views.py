from allauth.account import views
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect


@login_not_required
def sign_up(request: HttpRequest) -> HttpResponseBase:
    """allauth's page. Where the operator does not allow it, there is none."""
    if not settings.ALLOW_SIGN_UP:
        raise Http404("Sign-up is closed.")
    response: HttpResponseBase = views.signup(request)
    return response


@login_not_required
def confirm_email(request: HttpRequest) -> HttpResponseBase:
    """Ask for the code that was mailed: allauth's page, which knows no way out for who is signed in already."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    response: HttpResponseBase = views.email_verification_sent(request)
    return response
