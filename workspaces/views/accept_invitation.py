"""The page that a link of an invitation opens, and accepting the invitation."""

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
from workspaces.invitations.acceptance import accept, accept_with_new_account, explain_rejection, find_invitation
from workspaces.invitations.forms import NewAccountForm
from workspaces.invitations.links import InvitationLink, parse_link_key
from workspaces.models import Invitation, Membership
from workspaces.permissions import Role

LINK_SESSION_KEY = "invitation"
"""The session key of the link that was opened last: ID and version of the invitation, without the signature."""


@require_safe
@login_not_required
def follow(request: HttpRequest, key: str) -> HttpResponseBase:
    """Store the link in the session, and redirect to a URL without its secret."""
    link = parse_link_key(key)
    if link:
        request.session[LINK_SESSION_KEY] = [link.pk.hex, link.version]
    else:
        request.session.pop(LINK_SESSION_KEY, None)
    response = redirect("workspaces:invitation")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def invitation(request: HttpRequest) -> HttpResponseBase:
    """Show the invitation whose link was opened last. On POST, accept it if the page showed the same one."""
    link = _link(request)
    found = find_invitation(link) if link else None
    if link is None:
        rejection = "Copy the whole link from the e-mail into your browser, or ask for a new invitation."
        return _invitation_page(request, rejection, status=HTTPStatus.NOT_FOUND, is_unreadable=True)
    if rejection := explain_rejection(found, link):
        return _invitation_page(request, rejection, found, status=HTTPStatus.GONE)
    assert found
    if request.method == "POST" and request.POST.get("invitation") != found.pk.hex:
        messages.warning(request, "You opened another invitation in the meantime. Check this one, then accept it.")
        return redirect("workspaces:invitation")
    account = User.objects.filter(email=found.email).first()
    if request.user.is_authenticated or account:
        return _accept_with_account(request, link, found, account)
    return _accept_as_new_user(request, link, found)


@require_POST
@login_not_required
def change_account(request: HttpRequest) -> HttpResponseBase:
    """Sign out and return to the invitation, which is for another e-mail address."""
    link = request.session.get(LINK_SESSION_KEY)
    logout(request)
    if link:
        request.session[LINK_SESSION_KEY] = link
    return redirect("workspaces:invitation")


def _link(request: HttpRequest) -> InvitationLink | None:
    stored = request.session.get(LINK_SESSION_KEY)
    return InvitationLink(uuid.UUID(stored[0]), stored[1]) if stored else None


def _accept_with_account(
    request: HttpRequest, link: InvitationLink, found: Invitation, account: User | None
) -> HttpResponseBase:
    """Accept the invitation with an existing account, after signing in."""
    if request.method != "POST" or not request.user.is_authenticated:
        return _invitation_page(request, "", found, account=account)
    try:
        membership = accept(link, by=Actor.for_user(request))
    except (Conflict, NotAllowed) as refusal:
        return _invitation_page(
            request, refusal.message, find_invitation(link), status=HTTPStatus.CONFLICT, account=account
        )
    return redirect(_welcome(request, membership))


def _accept_as_new_user(request: HttpRequest, link: InvitationLink, found: Invitation) -> HttpResponseBase:
    """Create an account with the verified address of the invitation, accept it and sign in."""
    form = NewAccountForm(post_data(request), email=found.email)
    if not (form.is_bound and form.is_valid()):
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return _invitation_page(request, "", found, status=status, form=form)
    new_user = form.user
    try:
        membership = accept_with_new_account(link, new_user, by=Actor.for_user(request, new_user))
    except Conflict as refusal:
        account = User.objects.filter(email=found.email).first()
        return _invitation_page(
            request, refusal.message, find_invitation(link), status=HTTPStatus.CONFLICT, account=account
        )
    login = Login(user=new_user, redirect_url=_welcome(request, membership), email=new_user.email)
    response: HttpResponseBase = perform_password_login(request, {"email": new_user.email}, login)
    return response


def _welcome(request: HttpRequest, membership: Membership) -> str:
    """Welcome a new member. Return the URL of the workspace."""
    role, workspace = Role(membership.role), membership.workspace
    messages.success(request, f"Welcome to {workspace.name}. You are {role.with_article} in this workspace.")
    return reverse("workspaces:open", args=[workspace.slug])


def _invitation_page(
    request: HttpRequest, rejection: str, found: Invitation | None = None, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    """Render the page. rejection: why the invitation can't be accepted, or an empty string."""
    user = request.user
    is_member = isinstance(user, User) and found is not None and found.workspace.memberships.filter(user=user).exists()
    context = {
        "invitation": found,
        "rejection_reason": rejection,
        "role": Role(found.role) if found else None,
        "is_for_me": isinstance(user, User) and found is not None and user.email.lower() == found.email,
        "is_member": is_member,
        **more,
    }
    return render(request, "workspaces/invitation.html", context, status=status)
