"""The OpenAPI document at `/api/v1/openapi.json`, and the page at `/api/v1/docs` that shows it."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema

from workspaces.api.openapi import complete


class ApiDocs(DocsBase):
    """Swagger UI, from our own static files, in the console's look and under its Content-Security-Policy."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        return render(request, "access_tokens/api_docs.html", {"schema_url": self.get_openapi_url(api, kwargs)})


class DocumentedAPI(NinjaAPI):
    """An API whose document is complete: ninja can't know what the middleware and the operations do."""

    _schema: OpenAPISchema | None = None

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """IssuedToken once in each process: anybody may ask for it, and making it takes as long as many calls."""
        if self._schema is None:
            schema = super().get_openapi_schema(**kwargs)
            complete(schema)
            self._schema = schema
        return self._schema


def for_anybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The document and its page are read, and without signing in."""
    return login_not_required(require_safe(view))
