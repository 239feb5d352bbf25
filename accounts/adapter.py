"""Latchkey's allauth adapter: messages, sign-up, client IP addresses and notifications."""

from ipaddress import ip_address
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts import reauthentication
from accounts.models import User
from accounts.user_agents import describe_browser

UNKNOWN_IP_ADDRESS = "0.0.0.0"  # noqa: S104 (a placeholder, not an address to bind)
"""Stored for a client without an IP address, for example behind a Unix socket: allauth's sessions need one."""

log = structlog.get_logger("latchkey.accounts")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": "This password is wrong. Try again.",
        "too_many_login_attempts": "Too many failed attempts. Wait five minutes, then try again.",
        "rate_limited": "Too many failed attempts. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Sign-up is open only if the operator allows it."""
        return bool(settings.ALLOW_SIGN_UP)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the IP address for rate limits and sessions. The WSGI application has resolved trusted proxies."""
        try:
            return str(ip_address(request.META.get("REMOTE_ADDR", "")))
        except ValueError:
            return UNKNOWN_IP_ADDRESS

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Accept a recent sign-in, as Latchkey does before it shows a secret."""
        return not reauthentication.is_recent(self.request)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        descriptions = {
            "reauthenticate": "Enter your password",
            "mfa_reauthenticate": "Enter a code",
            "mfa_reauthenticate:webauthn": "Use a passkey",
        }
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": descriptions[method["id"]]} for method in methods]

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Notify a person of a change to their account. The change stays even if the e-mail can't be sent."""
        details = {"browser": describe_browser(self.request.headers.get("User-Agent", "")), "name": user.display_name}
        try:
            super().send_notification_mail(template_prefix, user, {**details, **(context or {})}, email)
        except OSError:
            log.exception("accounts.notification_failed", about=template_prefix)
