"""The page of active sessions."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions import ActiveSession, end_sessions, get_active_sessions
from accounts.views.profile import AccountRequest


@require_safe
def session_list(request: AccountRequest) -> HttpResponse:
    """List the user's active sessions."""
    return render(request, "account/sessions.html", {"sessions": get_active_sessions(request)})


@require_POST
def end_session(request: AccountRequest, pk: int) -> HttpResponse:
    """Sign another session out. The current one ends on the sign-out page."""
    row = get_object_or_404(UserSession, pk=pk, user=request.user)
    if row.session_key == request.session.session_key:
        return redirect("account_logout")
    end_sessions(UserSession.objects.filter(pk=row.pk))
    messages.success(request, f"Signed out of {ActiveSession(row, is_current=False).browser}.")
    return redirect("account_sessions")


@require_POST
def end_other_sessions(request: AccountRequest) -> HttpResponse:
    """Sign all other sessions out."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    count = end_sessions(others)
    messages.success(request, f"{count} other session{' was' if count == 1 else 's were'} signed out.")
    return redirect("account_sessions")
