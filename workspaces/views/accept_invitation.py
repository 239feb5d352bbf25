"""Where the link of an invitation leads: who invites, to what, and the way in."""

import uuid
from http import HTTPStatus
from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.forms import post_data
from workspaces.invitations.acceptance import accept, accept_with_new_account, find, rejection_reason
from workspaces.invitations.forms import NewAccountForm
from workspaces.invitations.links import InvitationLink, parse_link_key
from workspaces.models import Invitation, Membership
from workspaces.permissions import Role

TICKET = "invitation"
"""In the session: id and version of the invitation whose link was followed. Without its signature, it opens nothing."""


@require_safe
@login_not_required
def follow(request: HttpRequest, key: str) -> HttpResponseBase:
    """Read the link, and go on to an address without a secret. It is not used up by being looked at."""
    ticket = parse_link_key(key)
    if ticket:
        request.session[TICKET] = [ticket.pk.hex, ticket.version]
    else:
        request.session.pop(TICKET, None)
    response = redirect("workspaces:invitation")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def invitation(request: HttpRequest) -> HttpResponseBase:
    """Show the invitation whose link was followed last, and on POST accept it, if it is the one that was looked at."""
    ticket = _link(request)
    found = find(ticket) if ticket else None
    if ticket is None:
        words = "Copy the whole address from the mail into your browser, or ask whoever invited you for another one."
        return _show(request, words, status=HTTPStatus.NOT_FOUND, is_unreadable=True)
    if words := rejection_reason(found, ticket):
        return _show(request, words, found, status=HTTPStatus.GONE)
    assert found
    if request.method == "POST" and request.POST.get("invitation") != found.pk.hex:
        messages.warning(request, "Another link was opened meanwhile. This is where it leads: look again, then accept.")
        return redirect("workspaces:invitation")
    account = User.objects.filter(email=found.email).first()
    if request.user.is_authenticated or account:
        return _by_account(request, ticket, found, account)
    return _by_newcomer(request, ticket, found)


@require_POST
@login_not_required
def change_account(request: HttpRequest) -> HttpResponseBase:
    """Sign out, and come back to the invitation: it is for another address."""
    ticket = request.session.get(TICKET)
    logout(request)
    if ticket:
        request.session[TICKET] = ticket
    return redirect("workspaces:invitation")


def _link(request: HttpRequest) -> InvitationLink | None:
    kept = request.session.get(TICKET)
    return InvitationLink(uuid.UUID(kept[0]), kept[1]) if kept else None


def _by_account(
    request: HttpRequest, ticket: InvitationLink, found: Invitation, account: User | None
) -> HttpResponseBase:
    """For whom has an account: one button, once they are signed in with it."""
    if request.method != "POST" or not request.user.is_authenticated:
        return _show(request, "", found, account=account)
    try:
        membership = accept(ticket, by=Actor.for_user(request))
    except (Conflict, NotAllowed) as refusal:
        return _show(request, refusal.message, find(ticket), status=HTTPStatus.CONFLICT, account=account)
    return redirect(_welcome(request, membership))


def _by_newcomer(request: HttpRequest, ticket: InvitationLink, found: Invitation) -> HttpResponseBase:
    """For whom has none: name and password make one, whose address the link has proved, and they are in."""
    form = NewAccountForm(post_data(request), email=found.email)
    if not (form.is_bound and form.is_valid()):
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return _show(request, "", found, status=status, form=form)
    newcomer = form.newcomer
    try:
        membership = accept_with_new_account(ticket, newcomer, by=Actor.for_user(request, newcomer))
    except Conflict as refusal:
        account = User.objects.filter(email=found.email).first()
        return _show(request, refusal.message, find(ticket), status=HTTPStatus.CONFLICT, account=account)
    login = Login(user=newcomer, redirect_url=_welcome(request, membership), email=newcomer.email)
    response: HttpResponseBase = perform_password_login(request, {"email": newcomer.email}, login)
    return response


def _welcome(request: HttpRequest, membership: Membership) -> str:
    """Where a new member goes."""
    role, workspace = Role(membership.role), membership.workspace
    messages.success(request, f"Welcome to {workspace.name}. You are {role.article} here.")
    return reverse("workspaces:open", args=[workspace.slug])


def _show(
    request: HttpRequest, words: str, found: Invitation | None = None, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    """The page. `words`: why it can't be accepted, if so."""
    user = request.user
    is_member = isinstance(user, User) and found is not None and found.workspace.memberships.filter(user=user).exists()
    context = {
        "invitation": found,
        "rejection_reason": words,
        "role": Role(found.role) if found else None,
        "is_for_me": isinstance(user, User) and found is not None and user.email.lower() == found.email,
        "is_member": is_member,
        **more,
    }
    return render(request, "workspaces/invitation.html", context, status=status)
