"""Context processors of the account pages."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def sign_up(request: HttpRequest) -> dict[str, Any]:
    """Tell templates whether people can create accounts themselves."""
    return {"can_sign_up": settings.ALLOW_SIGN_UP}
