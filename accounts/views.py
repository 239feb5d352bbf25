from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.account import views
from allauth.mfa.recovery_codes.views import view_recovery_codes
from allauth.mfa.totp.views import activate_totp
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import email_change, sessions
from accounts.forms import CodesForm, EmailForm, ProfileForm
from accounts.middleware import holding_secret
from accounts.models import User


class AccountRequest(HttpRequest):
    """Somebody who is signed in."""

    user: User


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


def _showing_a_secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        return holding_secret(view(request))

    return wrapped


add_app = _showing_a_secret(activate_totp)
recovery_codes = _showing_a_secret(view_recovery_codes)


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: AccountRequest) -> HttpResponse:
    """Name and e-mail. The name changes here."""
    if request.method != "POST":
        return profile_page(request)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return profile_page(request, form=form)
    request.user.name = form.cleaned_data["name"]
    request.user.save(update_fields=["name"])
    messages.success(request, "Your name is saved.")
    return redirect("account_profile")


def profile_page(
    request: AccountRequest,
    *,
    form: ProfileForm | None = None,
    email_form: EmailForm | None = None,
    codes_form: CodesForm | None = None,
) -> HttpResponse:
    """The page, with a form as it was sent, if one is refused."""
    context: dict[str, Any] = {
        "form": form or ProfileForm(initial={"name": request.user.name}),
        "email_form": email_form or EmailForm(),
        "codes_form": codes_form or CodesForm(),
        "change": email_change.pending(request.user),
    }
    is_refused = any(one is not None for one in (form, email_form, codes_form))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return render(request, "account/profile.html", context, status=status)


@require_safe
def session_list(request: AccountRequest) -> HttpResponse:
    """Where the person is signed in."""
    return render(request, "account/sessions.html", {"sessions": sessions.sessions_of(request)})


@require_POST
def end_session(request: AccountRequest, pk: int) -> HttpResponse:
    """Sign out elsewhere. This session ends by signing out here."""
    row = get_object_or_404(UserSession, pk=pk, user=request.user)
    if row.session_key == request.session.session_key:
        return redirect("account_logout")
    sessions.end_sessions(UserSession.objects.filter(pk=row.pk))
    messages.success(request, f"Signed out of {sessions.SignedIn(row, is_this_one=False).browser}.")
    return redirect("account_sessions")


@require_POST
def end_other_sessions(request: AccountRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    count = sessions.end_sessions(others)
    messages.success(request, f"{count} other session{' is' if count == 1 else 's are'} signed out.")
    return redirect("account_sessions")
