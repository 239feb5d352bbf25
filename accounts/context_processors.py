from typing import Any

from django.conf import settings
from django.http import HttpRequest


def sign_up(request: HttpRequest) -> dict[str, Any]:
    """May people create accounts by themselves?"""
    return {"may_sign_up": settings.ALLOW_SIGN_UP}
