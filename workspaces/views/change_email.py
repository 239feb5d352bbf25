"""One's own e-mail: asked for with a recent proof that it is them, changed when both addresses have confirmed."""

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts import email_change
from accounts.forms import CodesForm, EmailForm
from accounts.views import AccountRequest, profile_page
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.operations import people

NOT_SENT = "The codes could not be mailed. Try again later, and tell the operator of this Latchkey if it stays so."
TOO_OFTEN = "You asked for this ten times within an hour. Wait a while, then try again."


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.account", allow_get=True)  # type: ignore[untyped-decorator]
def ask(request: AccountRequest) -> HttpResponse:
    """Mail the codes. A GET comes from a proof that took too long, and asks for nothing."""
    if request.method != "POST":
        return redirect("account_profile")
    form = EmailForm(request.POST)
    if not form.is_valid():
        return profile_page(request, email_form=form)
    if not ratelimit.consume(request, action="manage_email", user=request.user):
        form.add_error("email", TOO_OFTEN)
        return profile_page(request, email_form=form)
    try:
        change = email_change.ask(request.user, form.cleaned_data["email"])
    except (ValidationError, OSError) as refusal:
        form.add_error("email", refusal if isinstance(refusal, ValidationError) else NOT_SENT)
        return profile_page(request, email_form=form)
    messages.success(request, f"Codes are on their way to {request.user.email} and {change.email}.")
    return redirect("account_profile")


@require_POST
def confirm(request: AccountRequest) -> HttpResponse:
    """Take the codes that came back. With the second one, the e-mail is changed."""
    form = CodesForm(request.POST)
    if not form.is_valid():
        return profile_page(request, codes_form=form)
    try:
        change = email_change.give_back(request.user, **form.cleaned_data)
        if change.is_confirmed:
            return _change(request, change.email)
    except ValidationError as refusal:
        if not hasattr(refusal, "error_dict"):
            messages.error(request, refusal.messages[0])
            return redirect("account_profile")
        form.add_error(None, refusal)
        return profile_page(request, codes_form=form)
    messages.success(request, "Confirmed. The code of the other e-mail is still missing.")
    return redirect("account_profile")


@require_POST
def withdraw(request: AccountRequest) -> HttpResponse:
    email_change.withdraw(request.user)
    messages.success(request, "Your e-mail stays as it is.")
    return redirect("account_profile")


def _change(request: AccountRequest, email: str) -> HttpResponse:
    before = request.user.email
    email_change.withdraw(request.user)
    try:
        request.user = people.change_email(request.user, email, by=Actor.person(request))
    except Conflict as conflict:
        messages.error(request, conflict.message)
        return redirect("account_profile")
    email_change.tell_old_address(request.user, before)
    messages.success(request, f"From now on you sign in with {email}.")
    return redirect("account_profile")
