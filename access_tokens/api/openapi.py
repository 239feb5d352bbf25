"""The OpenAPI document at `/api/v1/openapi.json`."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from access_tokens.api.contract import complete


class DocumentedAPI(NinjaAPI):
    """An API whose document is complete: ninja can't know what the middleware and the operations do."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        complete(schema)
        return schema


def for_anybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The document and its page are read, and without signing in."""
    return login_not_required(require_safe(view))
