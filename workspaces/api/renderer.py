from typing import Any

import orjson
from django.http import HttpRequest
from ninja.renderers import BaseRenderer

AS_JSON = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
"""Instants as RFC 3339 has them: whole seconds, `Z` for UTC."""


class FastRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=AS_JSON)
