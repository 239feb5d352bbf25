"""The profile page: name and e-mail address."""

from http import HTTPStatus
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_POST

from accounts import email_change
from accounts.forms import CodesForm, EmailForm, ProfileForm
from accounts.models import User

NOT_SENT = "The codes could not be sent. Try again later. If it fails again, contact the operator of this Latchkey."
RATE_LIMITED = "You requested this ten times within an hour. Wait a while, then try again."


class AccountRequest(HttpRequest):
    """A request of a signed-in user."""

    user: User


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: AccountRequest) -> HttpResponse:
    """Show name and e-mail address, and change the name."""
    if request.method != "POST":
        return _profile_page(request)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _profile_page(request, form=form)
    request.user.name = form.cleaned_data["name"]
    request.user.save(update_fields=["name"])
    messages.success(request, "Your name was changed.")
    return redirect("account_profile")


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.account", allow_get=True)  # type: ignore[untyped-decorator] # allauth's
def request_email_change(request: AccountRequest) -> HttpResponse:
    """Send the codes. A GET request comes from a reauthentication in between, and changes nothing."""
    if request.method != "POST":
        return redirect("account_profile")
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _profile_page(request, email_form=form)
    if not ratelimit.consume(request, action="manage_email", user=request.user):
        form.add_error("email", RATE_LIMITED)
        return _profile_page(request, email_form=form)
    try:
        change = email_change.request_change(request.user, form.cleaned_data["email"])
    except (ValidationError, OSError) as error:
        form.add_error("email", error if isinstance(error, ValidationError) else NOT_SENT)
        return _profile_page(request, email_form=form)
    messages.success(request, f"Codes were sent to {request.user.email} and {change.email}.")
    return redirect("account_profile")


@require_POST
def confirm_email_change(request: AccountRequest) -> HttpResponse:
    """Check the codes. Change the e-mail address once both are confirmed."""
    form = CodesForm(request.POST)
    if not form.is_valid():
        return _profile_page(request, codes_form=form)
    try:
        change = email_change.confirm_codes(request.user, **form.cleaned_data)
        if change.is_confirmed:
            _apply_email_change(request, change.email)
            return redirect("account_profile")
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            messages.error(request, error.messages[0])
            return redirect("account_profile")
        form.add_error(None, error)
        return _profile_page(request, codes_form=form)
    messages.success(request, "The code was confirmed. Now enter the code from the other e-mail.")
    return redirect("account_profile")


@require_POST
def cancel_email_change(request: AccountRequest) -> HttpResponse:
    email_change.cancel_change(request.user)
    messages.success(request, "Your e-mail address was not changed.")
    return redirect("account_profile")


def _apply_email_change(request: AccountRequest, email: str) -> None:
    """Change the address with the operation that `EMAIL_CHANGE_OPERATION` names. Raises: ValidationError."""
    previous_email = request.user.email
    email_change.cancel_change(request.user)
    request.user = import_string(settings.EMAIL_CHANGE_OPERATION)(request, email)
    email_change.notify_previous_address(request.user, previous_email)
    messages.success(request, f"Your e-mail address was changed. Sign in with {email} from now on.")


def _profile_page(
    request: AccountRequest,
    *,
    form: ProfileForm | None = None,
    email_form: EmailForm | None = None,
    codes_form: CodesForm | None = None,
) -> HttpResponse:
    """Return the page. A form with errors comes back as it was sent, with status 422."""
    context: dict[str, Any] = {
        "form": form or ProfileForm(initial={"name": request.user.name}),
        "email_form": email_form or EmailForm(),
        "codes_form": codes_form or CodesForm(),
        "change": email_change.get_pending_change(request.user),
    }
    has_errors = any(sent is not None for sent in (form, email_form, codes_form))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if has_errors else HTTPStatus.OK
    return render(request, "account/profile.html", context, status=status)
