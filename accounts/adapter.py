from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": "This is not your password. Try again.",
        "too_many_login_attempts": "Too many wrong passwords. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed, unless the operator opens it: people come from operators."""
        return bool(settings.ALLOW_SIGN_UP)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address for rate limits. `tokens_site.wsgi` has already looked through trusted proxies."""
        return request.META.get("REMOTE_ADDR") or "unknown"
