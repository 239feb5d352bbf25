from typing import Any

import orjson
from django.http import HttpRequest
from ninja.renderers import BaseRenderer

from workspaces.api.endpoints import JSON_OPTIONS


class FastRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=JSON_OPTIONS)
