"""Whether a person has proved lately that it is them: asked before a secret is shown.

A sign-in counts as well as a repeated password, passkey or code, which is why allauth's own
`did_recently_reauthenticate` (it leaves sign-ins out) does not serve here. Its records, rate limit and form do.
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
    """Has this session given a password, passkey or code within the last `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds?"""
    assert isinstance(request.user, User)
    given_at = [record["at"] for record in get_authentication_records(request, request.user)]
    return bool(given_at) and 0 <= time.time() - max(given_at) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def confirm(request: HttpRequest) -> str | None:
    """Check the `password` of this POST unless one was given lately; an accepted one is remembered in the session.

    Returns the words of the refusal, None if there is none. Tries are limited per person (allauth's `reauthenticate`).
    """
    if is_recent(request):
        return None
    if not request.POST.get("password"):
        return "Enter your password to go on: the last time was more than 15 minutes ago."
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        return "Too many tries. Wait a minute, then try again."
    form = ReauthenticateForm(data=request.POST, user=request.user)
    if not form.is_valid():
        return str(form.errors["password"][0])
    reauthenticate_by_password(request)
    return None
