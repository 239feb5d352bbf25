"""JSON responses of API endpoints, built from plain dicts. The schemas document them; nothing validates them again."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from django.http import HttpResponse

JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
"""Times as in RFC 3339: whole seconds, `Z` for UTC."""


class PlainResponse(NamedTuple):
    """A response that the API's fast path sends as it is, and that endpoints turn into a Django response."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    def to_django(self) -> HttpResponse:
        return HttpResponse(self.body, status=self.status, headers=self.headers)


def json_response(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return `data` as JSON."""
    body = orjson.dumps(data, option=JSON_OPTIONS)
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def no_content() -> HttpResponse:
    """Return the response to a successful deletion."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
