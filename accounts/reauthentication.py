"""Recent confirmation of a person's identity, required before a secret is shown.

A sign-in counts as well as a repeated password, passkey or code. allauth's `did_recently_reauthenticate` ignores
sign-ins, so this module uses only allauth's records, rate limit and form.
"""

import time

from allauth.account.forms import ReauthenticateForm
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest

from accounts.models import User


def is_recent(request: HttpRequest) -> bool:
    """Tell whether this session used a password, passkey or code within `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds."""
    assert isinstance(request.user, User)
    confirmed_at = [record["at"] for record in get_authentication_records(request, request.user)]
    return bool(confirmed_at) and 0 <= time.time() - max(confirmed_at) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def confirm(request: HttpRequest) -> str | None:
    """Check the `password` of this POST request, unless the last confirmation is recent. Store it in the session.

    Return an error message, or None if the identity is confirmed. Attempts are rate limited per person.
    """
    if is_recent(request):
        return None
    if not request.POST.get("password"):
        return "Enter your password. You last confirmed it more than 15 minutes ago."
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        return "Too many failed attempts. Wait a minute, then try again."
    form = ReauthenticateForm(data=request.POST, user=request.user)
    if not form.is_valid():
        return str(form.errors["password"][0])
    reauthenticate_by_password(request)
    return None
