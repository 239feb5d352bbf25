from ipaddress import ip_address
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts import reauthentication
from accounts.browsers import describe
from accounts.models import User

NO_ADDRESS = "0.0.0.0"  # noqa: S104 (nobody listens there)
"""Stands for a client without an address, behind a Unix socket for example: a session has to be kept with one."""

log = structlog.get_logger("latchkey.accounts")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": "This is not your password. Try again.",
        "too_many_login_attempts": "Too many wrong tries. Wait five minutes, then try again.",
        "rate_limited": "Too many wrong tries. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed, unless the operator opens it: people come from operators."""
        return bool(settings.ALLOW_SIGN_UP)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address for rate limits and sessions. `tokens_site.wsgi` has already looked through trusted proxies."""
        try:
            return str(ip_address(request.META.get("REMOTE_ADDR", "")))
        except ValueError:
            return NO_ADDRESS

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A sign-in counts, as it does before a secret is shown."""
        return not reauthentication.is_recent(self.request)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": "Enter your password",
            "mfa_reauthenticate": "Enter a code",
            "mfa_reauthenticate:webauthn": "Use a passkey",
        }
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": words[method["id"]]} for method in methods]

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person what was changed. The change is made by then: a mail that can't be sent does not undo it."""
        told = {"browser": describe(self.request.headers.get("User-Agent", "")), "name": user.display_name}
        try:
            super().send_notification_mail(template_prefix, user, {**told, **(context or {})}, email)
        except OSError:
            log.exception("accounts.notification_failed", about=template_prefix)
